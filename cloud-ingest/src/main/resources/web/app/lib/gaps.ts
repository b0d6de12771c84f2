// Stretches of time without rows, and what the ledger says became of the readings.
import { get } from './http';
import { count, numbers, parseTime } from './format';
import { reasonWords, WORDS, type State } from './ledger';

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
  state: State;
  label: string;
  /** What is not there; absent where all is stored. */
  gap?: Gap;
}

/** Those in a range of times, each as exact as the range cut into so many points. */
export async function fetchGaps(device: string, fromMs: number, toMs: number, points: number, signal?: AbortSignal): Promise<Mark[]> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), points: String(points) });
  const { gaps } = await get<{ gaps: Gap[] }>(`/devices/${encodeURIComponent(device)}/gaps?${query}`, signal);
  return gaps.map((gap) => ({ from: parseTime(gap.from) / 1000, to: parseTime(gap.to) / 1000, state: gap.state, label: label(gap), gap }));
}

/** Tells one from the others, in the address. */
export function gapKey(gap: Gap): string {
  return `${gap.epoch}-${gap.first}`;
}

function label(gap: Gap): string {
  const why = gap.reason === '' ? '' : `${reasonWords(gap.reason)}, `;
  return `${WORDS[gap.state]}: ${why}${count(gap.last - gap.first + 1)}, ${numbers(gap.first, gap.last)}`;
}
