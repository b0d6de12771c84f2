// The time a page shows, as its address has it: chosen, zoomed into, stepped through, and gone back from.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { query, setQuery } from '../lib/router';
import { recall, remember } from '../lib/theme';
import { PRESETS, type Range } from './range-picker';

const RANGE_KEY = 'tidemark.range';
const DEFAULT_PRESET = '5m';
const SHORTEST_RANGE_MS = 1000;
const LONGEST_RANGE_MS = 3660 * 24 * 3_600_000;
const PAST_MAX_RANGES = 50;
const STEP_MS = 1000;

export class RangeControl implements ReactiveController {
  range: Range = readRange();
  private readonly past: Range[] = [];

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

  /** Takes the range from the address. Another one than is shown has none before it to go back to. */
  read(): void {
    const range = readRange();
    const isSame = range.preset === this.range.preset && (range.preset !== null || Math.abs(range.fromMs - this.range.fromMs) + Math.abs(range.toMs - this.range.toMs) < 4);
    if (isSame) return;
    this.range = range;
    this.forget();
  }

  /** What is shown has nothing to do with what was before. */
  forget(): void {
    this.past.length = 0;
  }

  /** The range at this moment: one that ends now moves with the clock, a second at a time. */
  now(): Range {
    if (this.range.preset !== null && !this.isHeld()) {
      const toMs = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
      if (toMs !== this.range.toMs) this.range = { ...this.range, fromMs: toMs - PRESETS[this.range.preset]!, toMs };
    }
    return this.range;
  }

  /** @param keep whether going back comes back here */
  show(range: Range, keep = true): void {
    if (keep) this.past.push(this.range);
    if (this.past.length > PAST_MAX_RANGES) this.past.shift();
    this.range = range;
    if (range.preset !== null) remember(RANGE_KEY, range.preset);
    setQuery(rangeQuery(range));
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
    const { fromMs, toMs } = (event as CustomEvent<{ fromMs: number; toMs: number }>).detail;
    const middle = (fromMs + toMs) / 2;
    const half = Math.min(LONGEST_RANGE_MS, Math.max(SHORTEST_RANGE_MS, toMs - fromMs)) / 2;
    this.show({ preset: null, fromMs: middle - half, toMs: middle + half });
  };

  readonly onBack = (): void => {
    const before = this.past.pop();
    if (before) this.show(before, false);
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

function readRange(): Range {
  const params = query();
  const fromMs = Date.parse(params.get('from') ?? '');
  const toMs = Date.parse(params.get('to') ?? '');
  if (toMs > fromMs) return { preset: null, fromMs, toMs };
  const wanted = params.get('range') ?? recall(RANGE_KEY) ?? DEFAULT_PRESET;
  const preset = wanted in PRESETS ? wanted : DEFAULT_PRESET;
  return { preset, fromMs: Date.now() - PRESETS[preset]!, toMs: Date.now() };
}
