// Where in time a range of sequence numbers lies: between the readings before and after it, found by bisection.
import { fetchFirstReading, type DeviceLedger, type Reading } from './api';
import { count, numbers, parseTime } from './format';
import { merged, reasonWords, type State } from './ledger';

/** A stretch of time the ledger says something about. Times are in seconds since 1970. */
export interface Mark {
  from: number;
  to: number;
  state: State;
  label: string;
}

const PROBES_MAX_COUNT = 14;
const RANGES_MAX_COUNT = 8;

interface Range {
  epoch: number;
  first: number;
  last: number;
  state: State;
  label: string;
}

/** What is missing or dropped, newest first, at most eight ranges. */
export function rangesOf(ledger: DeviceLedger | null): Range[] {
  if (!ledger) return [];
  const ranges: Range[] = [];
  for (const { epoch, missingRanges, droppedRanges } of ledger.epochs) {
    for (const { first, last } of merged(missingRanges ?? [], () => true)) {
      ranges.push({ epoch, first, last, state: 'missing', label: `missing: ${count(last - first + 1)}, ${numbers(first, last)}` });
    }
    for (const { first, last, reason } of merged(droppedRanges ?? [], (a, b) => a.reason === b.reason)) {
      const why = reasonWords(reason);
      ranges.push({ epoch, first, last, state: 'dropped', label: `dropped on purpose: ${why}, ${count(last - first + 1)}, ${numbers(first, last)}` });
    }
  }
  return ranges.sort((a, b) => b.last - a.last).slice(0, RANGES_MAX_COUNT);
}

/** Finds ranges in time, and remembers what it found: a sequence number never moves. */
export class Locator {
  private readonly found = new Map<string, Mark>();

  async locate(device: string, ledger: DeviceLedger, fromMs: number, toMs: number, signal: AbortSignal): Promise<Mark[]> {
    const marks: Mark[] = [];
    for (const range of rangesOf(ledger)) {
      const key = `${range.epoch} ${range.first} ${range.last} ${range.state}`;
      let mark = this.found.get(key);
      if (!mark) {
        const place = await bisect(device, range, fromMs, toMs, signal);
        if (!place) continue;
        mark = { ...place, state: range.state, label: range.label };
        this.found.set(key, mark);
      }
      marks.push(mark);
    }
    return marks;
  }
}

/** The last reading before and the first after the range, or null if either is not between fromMs and toMs. */
async function bisect(device: string, range: Range, fromMs: number, toMs: number, signal: AbortSignal): Promise<{ from: number; to: number } | null> {
  let before: Reading | null = null;
  let after: Reading | null = null;
  let low = fromMs;
  let high = toMs;
  for (let probe = 0; probe < PROBES_MAX_COUNT && high - low > 1; probe++) {
    const middle = probe === 0 ? low : (low + high) / 2;
    const reading = await fetchFirstReading(device, middle, toMs, signal);
    if (reading && reading.epoch === range.epoch && reading.sequence < range.first) {
      before = reading;
      low = Math.max(middle, Math.floor(parseTime(reading.time)));
    } else if (reading && reading.epoch === range.epoch && reading.sequence > range.last) {
      after = reading;
      high = middle;
      if (probe === 0) return null; // all of it lies before
    } else {
      if (probe === 0) return null;
      high = middle;
    }
    if (before && after && after.sequence - before.sequence === range.last - range.first + 2) break;
  }
  if (!before || !after) return null;
  return { from: parseTime(before.time) / 1000, to: parseTime(after.time) / 1000 };
}
