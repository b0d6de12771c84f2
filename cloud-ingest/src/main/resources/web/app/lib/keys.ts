// Keys that work everywhere but where one types.
import { PLACES, type Place } from './places';

export interface KeyActions {
  search(): void;
  go(place: Place): void;
  live(): void;
  earlier(): void;
  later(): void;
  help(): void;
}

export const HELP: [string[], string][] = [
  [['/'], 'search devices'],
  ...PLACES.map((place): [string[], string] => [['g', place.key], `go to ${place.phrase}`]),
  [['l'], 'live on or off'],
  [['['], 'earlier'],
  [[']'], 'later'],
  [['?'], 'this help'],
  [['Esc'], 'clear the search, close'],
];

const CHORD_MAX_MS = 1200;

/** Listens on the document. Returns what ends it. */
export function installKeys(actions: KeyActions): () => void {
  let chordAt = -Infinity;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
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
