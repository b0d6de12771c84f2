// What the HTTP API says of gateways, as typed calls.
import { parseTime } from './format';
import { get, type Page } from './http';

export interface Replica {
  group: string;
  role: string;
  leader: string | null;
  /** Who leads it by preference; null if that gateway was removed. */
  home: string | null;
  term: number;
  committedIndex: number;
  forwardedIndex: number;
  lag: number;
  waitingReadings: number;
  waitingEntries: number;
  logBytes: number;
  waitingSince: string | null;
}

export interface Gateway {
  gateway: string;
  cluster: string;
  version: string | null;
  /** Null if it has never reported. */
  heardAt: string | null;
  state: string;
  detail: string;
  member: boolean;
  mqtt: string | null;
  coap: string | null;
  connections: { mqtt: number; coapRequests: number } | null;
  readings: { received: number; committed: number; forwarded: number; refused: Record<string, number> } | null;
  groups: Replica[];
  /** Whether it knows who is shut out; null where nobody is asked who it is. */
  accessListCurrent: boolean | null;
  shutOutSince: string | null;
}

export interface Change {
  time: string;
  cluster: string;
  gateway: string;
  group: string | null;
  change: string;
  term: number | null;
  detail: string | null;
}

/** As many as one answer has. */
export const CHANGES_MAX = 1000;

/** Changes, oldest first: what held at the start, then what changed since. */
export interface Changes {
  changes: Change[];
  /** From when on they are known, in milliseconds since 1970. */
  fromMs: number;
  /** There were more than are asked for: earlier ones are left out. */
  isCut: boolean;
}

export async function fetchGateways(): Promise<Gateway[]> {
  return (await get<Page<Gateway>>('/gateways')).items;
}

/** Since a time; of very many the newest. */
export async function fetchChanges(fromMs: number): Promise<Changes> {
  const all = await changesSince(fromMs);
  if (all.next === null) return { changes: oldestFirst(all), fromMs, isCut: false };
  // What held at the start says nothing of when the newest begin: ask what held then.
  const cutMs = Math.ceil(parseTime(all.items[all.items.length - 1]!.time));
  return { changes: oldestFirst(await changesSince(cutMs)), fromMs: cutMs, isCut: true };
}

type ChangesPage = Page<Change> & { standing: Change[] };

function changesSince(fromMs: number): Promise<ChangesPage> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), limit: String(CHANGES_MAX) });
  return get(`/gateways/changes?${query}`);
}

function oldestFirst({ items, standing }: ChangesPage): Change[] {
  return [...items, ...standing].reverse();
}
