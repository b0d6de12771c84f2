// What the HTTP API says of gateways, as typed calls.
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

const CHANGES_MAX = 1000;

export async function fetchGateways(): Promise<Gateway[]> {
  return (await get<Page<Gateway>>('/gateways')).items;
}

/** Oldest first: what held at the start, then what changed since; of very many the newest. */
export async function fetchChanges(fromMs: number): Promise<Change[]> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), limit: String(CHANGES_MAX) });
  const page = await get<Page<Change> & { standing: Change[] }>(`/gateways/changes?${query}`);
  return [...page.items, ...page.standing].reverse();
}
