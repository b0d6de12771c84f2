// What the HTTP API says of the quarantine, as typed calls, and what each reason means.
import type { Scalar } from './api';
import { get, send, type Page } from './http';

export interface Group {
  reason: string;
  items: number;
  devices: number;
  /** The highest id among them. */
  lastId: number;
  firstReceivedAt: string;
  lastReceivedAt: string;
  /** How many came in each of the last 24 hours of the clock, the present one last. */
  perHour: number[];
}

export interface Summary {
  items: number;
  bytes: number;
  maxItems: number;
  maxBytes: number;
  groups: Group[];
}

export interface Item {
  id: number;
  device: string;
  /** Null, as is the number, where a message was set aside whole. */
  epoch: number | null;
  sequence: number | null;
  reason: string;
  detail: string;
  receivedAt: string;
  payloadBytes: number;
}

export interface ItemReading {
  sensor: string;
  kind: string;
  time: string;
  values: Record<string, Scalar>;
}

export interface ItemDetails extends Item {
  payloadBase64: string;
  reading: ItemReading | null;
  batch: { device: string; epoch: number; firstSequence: number; count: number; readings: ItemReading[] } | null;
}

export interface Outcome {
  id: number;
  outcome: 'stored' | 'refused' | 'dropped';
  reason: string;
  detail: string;
}

export interface Action {
  time: string;
  action: 'replay' | 'discard' | 'evict';
  item: number;
  device: string;
  epoch: number | null;
  sequence: number | null;
  reason: string;
  outcome: Outcome['outcome'];
  note: string;
}

export interface Filter {
  reason: string | null;
  device: string | null;
}

export const NOTE_MAX_CHARS = 200;
/** Items replayed or discarded by one request. */
export const PIECE_ITEMS = 200;

export function quarantineHref(filter: Partial<Filter>, item: number | null = null): string {
  const query = params({ device: filter.device ?? null, reason: filter.reason ?? null, item });
  return `/quarantine${query && '?' + query}`;
}

export function payloadHref(id: number): string {
  return `/api/v1/quarantine/${id}/payload`;
}

export function fetchSummary(device: string | null): Promise<Summary> {
  return get(`/quarantine/summary?${params({ device })}`);
}

/** A page of items without their bytes, newest first. */
export function fetchItems(filter: Filter, limit: number, cursor: string | null): Promise<Page<Item>> {
  return get(`/quarantine?${params({ ...filter, limit, cursor, payload: 'false' })}`);
}

export function fetchItem(id: number): Promise<ItemDetails> {
  return get(`/quarantine/${id}`);
}

/** A page of what was done, newest first. */
export function fetchActions(of: { device?: string | null; item?: number }, limit: number, cursor: string | null): Promise<Page<Action>> {
  return get(`/ledger/actions?${params({ ...of, limit, cursor })}`);
}

export async function replay(id: number): Promise<Outcome> {
  return (await (await send('POST', `/quarantine/${id}/replay`, null)).json()) as Outcome;
}

export async function discard(id: number, note: string): Promise<Outcome> {
  return (await (await send('POST', `/quarantine/${id}/discard`, { reason: note })).json()) as Outcome;
}

/** Replays the next piece of a group; no items when there are no more. */
export async function replayPiece(filter: Filter, upTo: number, cursor: string | null): Promise<Page<Outcome>> {
  const query = params({ ...filter, upTo, cursor, limit: PIECE_ITEMS });
  return (await (await send('POST', `/quarantine/replay?${query}`, null)).json()) as Page<Outcome>;
}

/** Discards the next piece of a group; no items when there are no more. */
export async function discardPiece(filter: Filter, upTo: number, note: string): Promise<Page<Outcome>> {
  const query = params({ ...filter, upTo, limit: PIECE_ITEMS });
  return (await (await send('POST', `/quarantine/discard?${query}`, { reason: note })).json()) as Page<Outcome>;
}

function params(values: Record<string, string | number | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.toString();
}
