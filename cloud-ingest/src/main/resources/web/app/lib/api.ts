// The HTTP API as typed calls. Every failure is an ApiError that says what was wrong and what to do.

export interface Sums {
  produced: number;
  waiting: number;
  stored: number;
  quarantined: number;
  dropped: number;
  missing: number;
  duplicates: number;
  redelivered: number;
}

export interface Device {
  device: string;
  firstSeen: string | null;
  lastSeen: string | null;
  status: string;
  /** What it wanted said once its connection ended without its word. */
  will: Will | null;
  /** Names of the sensors that have rows. */
  sensors: string[];
  rate: number | null;
  ledger: Sums;
}

export interface Will {
  at: string;
  topic: string;
  /** Absent if it is no text. */
  payload?: string;
  payloadBase64?: string;
}

export type Scalar = number | string | boolean;

export interface Reading {
  device?: string;
  sensor: string;
  kind: string;
  epoch: number;
  sequence: number;
  time: string;
  values: Record<string, Scalar>;
}

export interface Point {
  time: string;
  mean: number;
  min: number;
  max: number;
  count: number;
}

export interface Series {
  sensor: string;
  metric: string;
  /** Empty where nobody knows it. */
  unit: string;
  points: Point[];
}

export interface MissingRange {
  first: number;
  last: number;
  since: string;
}

export interface DroppedRange {
  first: number;
  last: number;
  reason: string;
}

export interface EpochLedger extends Sums {
  epoch: number;
  missingRanges: MissingRange[];
  droppedRanges: DroppedRange[];
}

export interface DeviceLedger {
  device: string;
  verdict: string;
  totals: Sums;
  epochs: EpochLedger[];
}

export interface Quarantined {
  id: string | number;
  device: string;
  epoch: number | null;
  sequence: number | null;
  reason: string;
  receivedAt: string;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

const BASE = '/api/v1';
const REQUEST_TIMEOUT_MS = 15_000;
const PAGE_MAX_ITEMS = 1000;
const PAGES_MAX_COUNT = 50;
export const QUARANTINE_MAX_ITEMS = 20;

/** What went wrong with a request: nobody answered, or the answer was a problem. */
export class ApiError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'problem',
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** All devices, page by page. */
export function fetchDevices(signal?: AbortSignal): Promise<Device[]> {
  return all('/devices', signal);
}

export function fetchDevice(device: string, signal?: AbortSignal): Promise<Device> {
  return get(`/devices/${encodeURIComponent(device)}`, signal);
}

export function fetchLatest(device: string, signal?: AbortSignal): Promise<Reading[]> {
  return all(`/devices/${encodeURIComponent(device)}/latest`, signal);
}

export function fetchLedger(device: string, signal?: AbortSignal): Promise<DeviceLedger> {
  return get(`/devices/${encodeURIComponent(device)}/ledger`, signal);
}

/** The newest of what was set aside; few, because each comes with the bytes it came in. */
export async function fetchQuarantine(device: string, signal?: AbortSignal): Promise<Quarantined[]> {
  const query = new URLSearchParams({ device, limit: String(QUARANTINE_MAX_ITEMS) });
  return (await get<Page<Quarantined>>(`/quarantine?${query}`, signal)).items;
}

/** Readings from fromMs to toMs, thinned to at most `points` intervals with mean, minimum and maximum. */
export async function fetchPoints(
  device: string,
  fromMs: number,
  toMs: number,
  points: number,
  signal?: AbortSignal,
): Promise<{ interval: string; series: Series[] }> {
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    points: String(points),
  });
  return get(`/devices/${encodeURIComponent(device)}/readings?${query}`, signal);
}

/** The first reading at or after a time, or null: where a sequence number stands in time is found with it. */
export async function fetchFirstReading(
  device: string,
  fromMs: number,
  toMs: number,
  signal?: AbortSignal,
): Promise<Reading | null> {
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    limit: '1',
  });
  const page = await get<Page<Reading>>(`/devices/${encodeURIComponent(device)}/readings?${query}`, signal);
  return page.items[0] ?? null;
}

async function all<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX_COUNT; page++) {
    const query = new URLSearchParams({ limit: String(PAGE_MAX_ITEMS) });
    if (cursor !== null) query.set('cursor', cursor);
    const part: Page<T> = await get(`${path}?${query}`, signal);
    items.push(...part.items);
    cursor = part.next ?? null;
    if (cursor === null) break;
  }
  return items;
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      headers: { Accept: 'application/json, application/problem+json' },
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('unreachable', 0, timeout.aborted ? 'Ingest does not answer.' : 'Ingest cannot be reached.');
  }
  if (!response.ok) throw await problem(response);
  return (await response.json()) as T;
}

async function problem(response: Response): Promise<ApiError> {
  let said = '';
  try {
    const body = (await response.json()) as { title?: string; detail?: string };
    said = body.detail ?? body.title ?? '';
  } catch {
    // Not a problem document: the status is all there is to say.
  }
  const kind = response.status === 502 || response.status === 504 ? 'unreachable' : 'problem';
  return new ApiError(kind, response.status, said || `Ingest answered ${response.status} ${response.statusText}`.trim() + '.');
}
