// Stretches of time without rows, or with rows that came late, and what the ledger says of the readings.
import { get } from './http';
import { count, numbers, parseTime } from './format';
import { byHowMuch, fetchLate, type Late } from './late';
import { reasonWords, STORED_LATE, WORDS, type State } from './ledger';

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

/** A stretch of time the ledger says something about. Times are in seconds since 1970. */
export interface Mark {
  from: number;
  to: number;
  state: State | 'late';
  label: string;
  /** Whose it is, where there are several on one chart: of the lines with the same source. */
  source?: string;
  /** What is not there; absent where all is stored. */
  gap?: Gap;
  /** What was stored late, and when a reading is called so. */
  late?: Late & { after: string };
}

/** Those in a range of times, each gap as exact as the range cut into so many points; gaps over what was late. */
export async function fetchMarks(device: string, fromMs: number, toMs: number, points: number, signal?: AbortSignal): Promise<Mark[]> {
  const [late, gaps] = await Promise.all([fetchLate(device, fromMs, toMs, signal), fetchGaps(device, fromMs, toMs, points, signal)]);
  return [...late.items.map((items) => lateMark({ ...items, after: late.after })), ...gaps];
}

function lateMark(late: Late & { after: string }): Mark {
  const label = `${STORED_LATE}, by ${byHowMuch(late.most)}: ${count(late.readings)}, ${numbers(late.first, late.last)}`;
  return { from: parseTime(late.from) / 1000, to: parseTime(late.to) / 1000, state: 'late', label, late };
}

async function fetchGaps(device: string, fromMs: number, toMs: number, points: number, signal?: AbortSignal): Promise<Mark[]> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), points: String(points) });
  const { gaps } = await get<{ gaps: Gap[] }>(`/devices/${encodeURIComponent(device)}/gaps?${query}`, signal);
  return gaps.map((gap) => ({ from: parseTime(gap.from) / 1000, to: parseTime(gap.to) / 1000, state: gap.state, label: label(gap), gap }));
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
