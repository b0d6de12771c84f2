// Readings that were stored long after they were taken, and what is said of them.
import { duration, isoSeconds, parseTime } from './format';
import { get } from './http';

/** Readings of one epoch that were stored late, as the API has them. Durations are ISO 8601. */
export interface Late {
  epoch: number;
  first: number;
  last: number;
  /** Fewer than the numbers from first to last where others lie between. */
  readings: number;
  /** When they were taken, by the device's clock. */
  from: string;
  to: string;
  /** How long after it was taken a reading was stored. */
  least: string;
  most: string;
  storedFrom: string;
  storedTo: string;
  /** How long after it was taken a gateway received a reading, at most; null if unknown. */
  atGateway: string | null;
}

export interface LateSum {
  readings: number;
  most: string;
  newest: Late | null;
}

/** Of a device, what was taken in a range of times. */
export interface LateList {
  /** Stored longer than this after it was taken, a reading is late. */
  after: string;
  /** The newest, if there are `more`. */
  items: Late[];
  more: boolean;
}

export function fetchLate(device: string, fromMs: number, toMs: number, signal?: AbortSignal): Promise<LateList> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() });
  return get(`/devices/${encodeURIComponent(device)}/late?${query}`, signal);
}

/** Agents keep readings for so long, unless told otherwise: beyond it a clock that was wrong is as likely. */
const DOUBTFUL_MS = 30 * 24 * 3_600_000;

function milliseconds(iso: string): number {
  return (isoSeconds(iso) ?? 0) * 1000;
}

/** "up to 23 min"; beyond what is likely, with the doubt. */
export function byHowMuch(most: string): string {
  const ms = milliseconds(most);
  return ms > DOUBTFUL_MS ? `more than ${duration(DOUBTFUL_MS)}, if the clock was right` : `up to ${duration(ms)}`;
}

/** Why, as far as the times tell: a device's clock is believed where it can be right. */
export function whyLate(late: Late, after: string): string {
  const most = milliseconds(late.most);
  if (most > DOUBTFUL_MS) return 'Old readings that were sent only then, or a device whose clock was wrong.';
  if (late.atGateway === null) return '';
  if (milliseconds(late.atGateway) <= milliseconds(after)) return 'A gateway had received all of it in time: it was held up behind it, or had been set aside.';
  // Who is cut off keeps some for longer than others; a clock that is behind is always as far behind.
  const taken = parseTime(late.to) - parseTime(late.from);
  return taken > 2 * (most - milliseconds(late.least))
    ? 'All of it came about as late: the device sends with a delay, or its clock is behind.'
    : 'The device sent it late: it could not reach a gateway, or kept what it had.';
}
