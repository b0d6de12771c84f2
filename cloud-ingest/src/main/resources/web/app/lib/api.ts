// What the HTTP API says of devices, as typed calls.
import { all, get, getTagged, putTagged, type Page, type Tagged } from './http';
import type { LateSum } from './late';
import { readable } from './router';

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
  /** How many of those stored were stored late. */
  storedLate: number;
  /** What people call it; like the rest of what they say, empty where nobody has. */
  name: string;
  site: string;
  location: string;
  class: string;
  labels: string[];
  /** Null if it is not shut out. */
  shutOutSince: string | null;
}

/** What people say of a device. */
export interface DeviceRecord {
  name: string;
  site: string;
  location: string;
  class: string;
  notes: string;
  labels: string[];
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

/** One of several series that were asked for at once. */
export interface ComparedSeries extends Series {
  device: string;
  /** ok, empty, or what there is not: unknown-device, unknown-sensor, unknown-metric, not-numeric. */
  state: string;
  /** Why it has no points; absent if it has. */
  detail?: string;
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
  /** When duplicates were last counted; null if none have been yet, and they are 0 as nothing is known of them. */
  duplicatesCheckedAt: string | null;
  late: LateSum;
  epochs: EpochLedger[];
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

/** A device's record, and the ETag that a change of it has to bring. */
export function fetchRecord(device: string, signal?: AbortSignal): Promise<Tagged<DeviceRecord>> {
  return getTagged(recordPath(device), signal);
}

/** Puts a record in the place of the one with the ETag. An ApiError of status 412 says that somebody else was faster. */
export function putRecord(device: string, record: DeviceRecord, etag: string): Promise<Tagged<DeviceRecord>> {
  return putTagged(recordPath(device), record, etag);
}

function recordPath(device: string): string {
  return `/devices/${encodeURIComponent(device)}/registry`;
}

/** Readings summed up. */
export interface Points {
  interval: string;
  /** From when on these are all there are, if what was before is not summed up yet. */
  summedFrom?: string;
  series: Series[];
}

/**
 * Readings from fromMs to toMs, thinned to at most `points` intervals with mean, minimum and maximum.
 *
 * @param withinMs how long that may take, about; null for as long as it takes
 */
export async function fetchPoints(
  device: string,
  fromMs: number,
  toMs: number,
  points: number,
  withinMs: number | null,
  signal?: AbortSignal,
): Promise<Points> {
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    points: String(points),
  });
  if (withinMs !== null) query.set('within', `PT${withinMs / 1000}S`);
  return get(`/devices/${encodeURIComponent(device)}/readings?${query}`, signal);
}

/** The same of several series at once; texts as `seriesText` has them. */
export async function fetchSeries(
  texts: string[],
  fromMs: number,
  toMs: number,
  points: number,
  signal?: AbortSignal,
): Promise<{ interval: string; series: ComparedSeries[] }> {
  return get(pointsPath(texts, fromMs, toMs, points), signal);
}

/** The request behind it, without the API's base. */
export function pointsPath(texts: string[], fromMs: number, toMs: number, points: number): string {
  const query = new URLSearchParams(texts.map((text) => ['series', text]));
  query.set('from', new Date(fromMs).toISOString());
  query.set('to', new Date(toMs).toISOString());
  query.set('points', String(points));
  return `/points${readable(query)}`;
}

/** Up to `limit` devices that have all the words, by id; and whether there are more. */
export async function searchDevices(words: string, limit: number, signal?: AbortSignal): Promise<{ devices: Device[]; more: boolean }> {
  const query = new URLSearchParams({ q: words, limit: String(limit) });
  const { items, next } = await get<Page<Device>>(`/devices?${query}`, signal);
  return { devices: items, more: next !== null };
}
