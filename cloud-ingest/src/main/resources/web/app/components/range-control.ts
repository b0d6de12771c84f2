// The time a page shows, as its address has it: chosen, zoomed into, stepped through, and gone back from. Each is an entry of the browser's
// history, so that its button and ours go back alike.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { pushQuery, query, setQuery, stepsBefore } from '../lib/router';
import { recall, remember } from '../lib/theme';
import { PRESETS, type Range } from './range-picker';
import { lengthProblem, repeated } from './range-problem';

const RANGE_KEY = 'tidemark.range';
const DEFAULT_PRESET = '5m';
const SHORTEST_RANGE_MS = 1000;
const LONGEST_RANGE_MS = 3660 * 24 * 3_600_000;
const STEP_MS = 1000;
/** What turns of a wheel are one zoom: no longer after each other than this. */
const WHEEL_REST_MS = 700;

export class RangeControl implements ReactiveController {
  range: Range;
  /** Why the address does not have the range that is shown; null if it has, or asks for none. */
  problem: string | null;
  private wheeledAt = -Infinity;

  /**
   * @param host the page; its `range-...` events belong to the handlers below
   * @param isHeld whether a range that ends now stands still for the moment
   * @param changed another range is shown
   */
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly isHeld: () => boolean,
    private readonly changed: () => void,
  ) {
    ({ range: this.range, problem: this.problem } = readRange());
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener('go-earlier', this.onEarlier);
    window.addEventListener('go-later', this.onLater);
  }

  hostDisconnected(): void {
    window.removeEventListener('go-earlier', this.onEarlier);
    window.removeEventListener('go-later', this.onLater);
  }

  /** Takes the range from the address, and returns whether that is another one than was shown. */
  read(): boolean {
    const { range, problem } = readRange();
    this.problem = problem;
    const isSame = range.preset === this.range.preset && (range.preset !== null || Math.abs(range.fromMs - this.range.fromMs) + Math.abs(range.toMs - this.range.toMs) < 4);
    if (!isSame) this.range = range;
    return !isSame;
  }

  /** Whether there is something to go back to without leaving the page. */
  get canGoBack(): boolean {
    return stepsBefore() > 0;
  }

  /** The range at this moment: one that ends now moves with the clock, a second at a time. */
  now(): Range {
    if (this.range.preset !== null && !this.isHeld()) {
      const toMs = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
      if (toMs !== this.range.toMs) this.range = { ...this.range, fromMs: toMs - PRESETS[this.range.preset]!, toMs };
    }
    return this.range;
  }

  /** @param isMore whether it goes on with the last change: going back goes to what was before both */
  show(range: Range, isMore = false): void {
    setQuery(rangeQuery(this.range)); // the address may have left it to what is remembered
    this.range = range;
    this.problem = null;
    if (range.preset !== null) remember(RANGE_KEY, range.preset);
    if (isMore) setQuery(rangeQuery(range));
    else pushQuery(rangeQuery(range));
    this.changed();
    this.host.requestUpdate();
  }

  readonly onPreset = (event: Event): void => {
    const { preset } = (event as CustomEvent<{ preset: string }>).detail;
    const toMs = Date.now();
    this.show({ preset, fromMs: toMs - PRESETS[preset]!, toMs });
  };

  readonly onStep = (event: Event): void => this.step((event as CustomEvent<{ by: number }>).detail.by);
  private readonly onEarlier = (): void => this.step(-1);
  private readonly onLater = (): void => this.step(1);

  readonly onZoom = (event: Event): void => {
    const { fromMs, toMs, isWheel } = (event as CustomEvent<{ fromMs: number; toMs: number; isWheel?: boolean }>).detail;
    const isMore = isWheel === true && event.timeStamp - this.wheeledAt < WHEEL_REST_MS;
    this.wheeledAt = isWheel === true ? event.timeStamp : -Infinity;
    const middle = (fromMs + toMs) / 2;
    const half = Math.min(LONGEST_RANGE_MS, Math.max(SHORTEST_RANGE_MS, toMs - fromMs)) / 2;
    this.show({ preset: null, fromMs: middle - half, toMs: middle + half }, isMore);
  };

  /** The page reads the address when the browser says that it has changed. */
  readonly onBack = (): void => {
    if (this.canGoBack) history.back();
  };

  /** Half a range earlier or later; later than now is live again. */
  private step(by: number): void {
    const { fromMs, toMs, preset } = this.range;
    if (preset !== null && by > 0) return;
    const length = toMs - fromMs;
    const next: Range = { preset: null, fromMs: fromMs + (by * length) / 2, toMs: toMs + (by * length) / 2 };
    const live = Object.keys(PRESETS).find((name) => Math.abs(PRESETS[name]! - length) < 1000);
    this.show(next.toMs >= Date.now() - 1000 && live !== undefined ? { ...next, preset: live } : next);
  }
}

/** A range's part of the address. */
export function rangeQuery(range: Range): { range: string | null; from: string | null; to: string | null } {
  if (range.preset !== null) return { range: range.preset, from: null, to: null };
  return { range: null, from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() };
}

/** The range of the address, or the usual one with the reason why it is not the address's. */
function readRange(): { range: Range; problem: string | null } {
  const params = query();
  const [from, to, wanted] = ['from', 'to', 'range'].map((key) => params.get(key) ?? '') as [string, string, string];
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (toMs > fromMs) return { range: { preset: null, fromMs, toMs }, problem: null };
  const preset = [wanted, recall(RANGE_KEY) ?? ''].find((name) => Object.hasOwn(PRESETS, name)) ?? DEFAULT_PRESET;
  const range = { preset, fromMs: Date.now() - PRESETS[preset]!, toMs: Date.now() };
  return { range, problem: problemOf(from, to, wanted) };
}

/** What is wrong with an address whose times make no range. */
function problemOf(from: string, to: string, wanted: string): string | null {
  if (from === '' && to === '') return lengthProblem(wanted, PRESETS);
  const times = Object.entries({ from, to });
  const [missing] = times.find(([, text]) => text === '') ?? [];
  if (missing !== undefined) return `it has no ${missing}, and needs both from and to`;
  const unread = times.find(([, text]) => Number.isNaN(Date.parse(text)));
  if (unread) return `${unread[0]} is ${repeated(unread[1])}, and has to be a time such as 2026-03-01T12:00:00Z`;
  return `to is ${repeated(to)}, and has to be after from, ${repeated(from)}`;
}
