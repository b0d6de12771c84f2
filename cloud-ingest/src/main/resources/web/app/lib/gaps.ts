// Stretches of time without rows, or with rows that came late, and what the ledger says of the readings.
import { get, messageOf } from './http';
import { count, numbers, parseTime } from './format';
import { byHowMuch, fetchLate, type Late } from './late';
import { reasonWords, STORED_LATE, WORDS, type State } from './ledger';

/** Nothing a ledger says: a chart will have it in a moment. */
const SUMMING = 'being summed up';

/** Readings of which there is no row, as the API has them. */
export interface Gap {
  from: string;
  to: string;
  state: Exclude<State, 'stored'>;
  /** Why they were dropped; else empty. */
  reason: string;
  epoch: number;
  first: number;
  last: number;
}

/** What is said of a stretch of time. */
export const MARK_WORDS = { ...WORDS, late: STORED_LATE, summing: SUMMING };

/** A stretch of time the ledger says something about, or of which the readings are still being summed up. Times are in seconds since 1970. */
export interface Mark {
  from: number;
  to: number;
  state: keyof typeof MARK_WORDS;
  label: string;
  /** Whose it is, where there are several on one chart: of the lines with the same source. */
  source?: string;
  /** What is not there; absent where all is stored. */
  gap?: Gap;
  /** What was stored late, and when a reading is called so. */
  late?: Late & { after: string };
}

/** Marks of one kind in a range of times. */
export interface Found {
  marks: Mark[];
  /** There may be more in this time: these are the newest. */
  more: boolean;
  /** Why they could not be asked for, if these are from before; else null. */
  problem: string | null;
}

/** What is known of a range of times. */
export interface Marks {
  gaps: Found;
  late: Found;
}

const NONE: Found = { marks: [], more: false, problem: null };
export const NO_MARKS: Marks = { gaps: NONE, late: NONE };

/**
 * Asks for those in a range of times, each gap as exact as the range cut into so many points.
 *
 * @param before what was known so far: it stays where asking fails
 */
export async function fetchMarks(device: string, fromMs: number, toMs: number, points: number, before: Marks, signal?: AbortSignal): Promise<Marks> {
  const [late, gaps] = await Promise.all([
    fetchLateMarks(device, fromMs, toMs, signal).catch((cause: unknown) => ({ ...before.late, problem: messageOf(cause) })),
    fetchGaps(device, fromMs, toMs, points, signal).catch((cause: unknown) => ({ ...before.gaps, problem: messageOf(cause) })),
  ]);
  return { late, gaps };
}

/** Both kinds in the order in which they are drawn: gaps over what was late. */
export function allMarks({ late, gaps }: Marks): Mark[] {
  return [...late.marks, ...gaps.marks];
}

async function fetchLateMarks(device: string, fromMs: number, toMs: number, signal?: AbortSignal): Promise<Found> {
  const { after, items, more } = await fetchLate(device, fromMs, toMs, signal);
  return { marks: items.map((item) => lateMark({ ...item, after })), more, problem: null };
}

function lateMark(late: Late & { after: string }): Mark {
  const label = `${STORED_LATE}, by ${byHowMuch(late.most)}: ${count(late.readings)}, ${numbers(late.first, late.last)}`;
  return { from: parseTime(late.from) / 1000, to: parseTime(late.to) / 1000, state: 'late', label, late };
}

async function fetchGaps(device: string, fromMs: number, toMs: number, points: number, signal?: AbortSignal): Promise<Found> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), points: String(points) });
  const { gaps, more } = await get<{ gaps: Gap[]; more: boolean }>(`/devices/${encodeURIComponent(device)}/gaps?${query}`, signal);
  const marks = gaps.map((gap) => ({ from: parseTime(gap.from) / 1000, to: parseTime(gap.to) / 1000, state: gap.state, label: label(gap), gap }));
  return { marks, more, problem: null };
}

/** What is not drawn yet, though it may well be stored. */
export function summingMark(fromS: number, toS: number): Mark {
  return { from: fromS, to: toS, state: 'summing', label: SUMMING };
}

/** Tells one that can be chosen from the others, in the address; null of one that cannot. */
export function markKey({ gap, late }: Mark): string | null {
  if (gap) return `${gap.epoch}-${gap.first}`;
  return late ? `late-${late.epoch}-${late.first}` : null;
}

function label(gap: Gap): string {
  const why = gap.reason === '' ? '' : `${reasonWords(gap.reason)}, `;
  return `${WORDS[gap.state]}: ${why}${count(gap.last - gap.first + 1)}, ${numbers(gap.first, gap.last)}`;
}
