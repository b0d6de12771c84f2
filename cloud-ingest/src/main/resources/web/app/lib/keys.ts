// Keys that work everywhere but where one types.
import { PLACES, type Place } from './places';
import { recall, remember } from './theme';

export interface KeyActions {
  search(): void;
  go(place: Place): void;
  live(): void;
  earlier(): void;
  later(): void;
  help(): void;
}

/** What single keys do. */
export const KEYS_HELP: [string[], string][] = [
  [['/'], 'search devices'],
  ...PLACES.map((place): [string[], string] => [['g', place.key], `go to ${place.phrase}`]),
  [['l'], 'live on or off'],
  [['['], 'earlier'],
  [[']'], 'later'],
  [['?'], 'this help'],
];

/** What they do not switch off. */
export const OTHER_HELP: [string[], string][] = [[['Esc'], 'clear the search, close']];

/** What pointers do in a chart. */
export const CHARTS_HELP: Record<'mouse' | 'touch', [string[], string][]> = {
  mouse: [
    [['drag'], 'zoom'],
    [['double-click'], 'back'],
    [['Shift', 'drag'], 'move'],
    [['Ctrl', 'wheel'], 'zoom at the pointer'],
  ],
  touch: [
    [['drag sideways'], 'zoom'],
    [['two fingers'], 'move, and zoom'],
    [['tap'], 'values of that moment'],
  ],
};

const CHORD_MAX_MS = 1200;
const KEY = 'tidemark.keys';
let isOn = recall(KEY) !== 'off';

/** Whether single characters do anything: who speaks to the computer, or holds keys by mistake, switches them off; remembered. */
export function keysOn(): boolean {
  return isOn;
}

/** Pages hear `keys-changed` on the window. */
export function toggleKeys(): void {
  isOn = !isOn;
  remember(KEY, isOn ? null : 'off');
  window.dispatchEvent(new Event('keys-changed'));
}

/** Says with which key the same is done, while keys are on. */
export function withKey(words: string, key: string): string {
  return isOn ? `${words} (${key})` : words;
}

/** Listens on the document. Returns what ends it. */
export function installKeys(actions: KeyActions): () => void {
  let chordAt = -Infinity;
  const onKey = (event: KeyboardEvent): void => {
    if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const inChord = event.timeStamp - chordAt < CHORD_MAX_MS;
    chordAt = -Infinity;
    if (event.key === 'g' && !inChord) {
      chordAt = event.timeStamp;
      return;
    }
    const action = inChord ? chord(event.key, actions) : single(event.key, actions);
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function chord(key: string, actions: KeyActions): (() => void) | undefined {
  const place = PLACES.find((one) => one.key === key);
  return place && (() => actions.go(place));
}

function single(key: string, actions: KeyActions): (() => void) | undefined {
  switch (key) {
    case '/':
      return actions.search;
    case 'l':
      return actions.live;
    case '[':
      return actions.earlier;
    case ']':
      return actions.later;
    case '?':
      return actions.help;
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
