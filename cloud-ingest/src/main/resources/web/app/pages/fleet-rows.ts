// The fleet's columns, filters, orders and groups, and the rows that come of them.
import type { Device, Sums } from '../lib/api';
import { parseTime } from '../lib/format';
import { NO_SUMS, statusOf, total } from '../lib/ledger';

export type SortKey = 'device' | 'site' | 'status' | 'rate' | 'seen' | 'ledger' | 'sensors';
export type Filter = 'all' | 'online' | 'late' | 'silent' | 'disconnected' | 'missing' | 'dropped' | 'quarantined' | 'stored-late';
export type GroupKey = 'site' | 'label';

export const COLUMNS: { id: string; word: string; sort?: SortKey }[] = [
  { id: 'device', word: 'Device', sort: 'device' },
  { id: 'site', word: 'Site', sort: 'site' },
  { id: 'status', word: 'Status', sort: 'status' },
  { id: 'spark', word: 'Last hour' },
  { id: 'rate', word: 'Rate', sort: 'rate' },
  { id: 'seen', word: 'Last seen', sort: 'seen' },
  { id: 'ledger', word: 'Ledger', sort: 'ledger' },
  { id: 'sensors', word: 'Sensors', sort: 'sensors' },
];

export const FILTERS: { id: Filter; word: string }[] = [
  { id: 'all', word: 'All' },
  { id: 'online', word: 'Online' },
  { id: 'late', word: 'Late' },
  { id: 'silent', word: 'Silent' },
  { id: 'disconnected', word: 'Disconnected' },
  { id: 'missing', word: 'With missing' },
  { id: 'dropped', word: 'With dropped' },
  { id: 'quarantined', word: 'With set aside' },
  { id: 'stored-late', word: 'With stored late' },
];

/** What is wanted of the fleet. */
export interface Wish {
  search: string;
  filter: Filter;
  /** Only devices of this site; null for all. */
  site: string | null;
  /** Only devices with this label; null for all. */
  label: string | null;
  group: GroupKey | null;
  /** Groups of which only the heading is shown. */
  closed: ReadonlySet<string>;
  sort: SortKey;
  descending: boolean;
}

/** A heading over devices that have something in common. */
export interface Group {
  /** Their site or label; empty for those without. */
  word: string;
  devices: number;
  online: number;
  sums: Sums;
}

export type Row = { device: Device; group?: undefined } | { group: Group; device?: undefined };

/** What the table shows, computed once for each state of the fleet and of the wish. */
export interface Rows {
  rows: Row[];
  /** Devices that match, each once. */
  matching: Device[];
  /** How many of them stand in more than one group: the groups add up to more than they are. */
  repeated: number;
}

export function rowsOf(sorted: Device[], wish: Wish): Rows {
  const words = wish.search.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = sorted.filter(
    (device) =>
      matches(device, wish.filter) &&
      (wish.site === null || device.site === wish.site) &&
      (wish.label === null || labelsOf(device).includes(wish.label)) &&
      (words.length === 0 || hasWords(device, words)),
  );
  return {
    matching,
    rows: wish.group === null ? matching.map((device) => ({ device })) : grouped(matching, wish.group, wish.closed),
    repeated: wish.group === 'label' ? matching.filter((device) => labelsOf(device).length > 1).length : 0,
  };
}

/** A device with several labels stands under each of them. */
function grouped(devices: Device[], by: GroupKey, closed: ReadonlySet<string>): Row[] {
  const groups = new Map<string, Device[]>();
  for (const device of devices) {
    const labels = labelsOf(device);
    for (const word of by === 'site' ? [device.site ?? ''] : labels.length > 0 ? labels : ['']) {
      const members = groups.get(word);
      if (members) members.push(device);
      else groups.set(word, [device]);
    }
  }
  const named = [...groups.keys()].sort((a, b) => Number(a === '') - Number(b === '') || NAMES.compare(a, b));
  return named.flatMap((word): Row[] => {
    const members = groups.get(word)!;
    const online = members.filter((d) => statusOf(d.status).form === 'online').length;
    const group = { word, devices: members.length, online, sums: total(members.map((d) => d.ledger ?? NO_SUMS)) };
    return closed.has(word) ? [{ group }] : [{ group }, ...members.map((device) => ({ device }))];
  });
}

function matches(device: Device, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'online':
    case 'late':
    case 'silent':
    case 'disconnected':
      return statusOf(device.status).form === filter;
    case 'stored-late':
      return device.storedLate > 0;
    default:
      return (device.ledger?.[filter] ?? 0) > 0;
  }
}

const searched = new WeakMap<Device, string>();

function hasWords(device: Device, words: string[]): boolean {
  let text = searched.get(device);
  if (text === undefined) {
    text = [device.device, device.name, device.site, device.location, device.class, ...labelsOf(device)].join('\n').toLowerCase();
    searched.set(device, text);
  }
  return words.every((word) => text.includes(word));
}

/** What the page says of all devices, however they are filtered. */
export interface Facts {
  sums: Sums;
  /** How many each filter would leave. */
  counts: Map<Filter, number>;
  /** Devices by the word of their status. */
  statuses: Map<string, number>;
  /** Readings a second. */
  perSecond: number;
  /** When the first was first seen, in milliseconds since 1970; now if there is none. */
  oldestMs: number;
  sites: string[];
  labels: string[];
}

export function factsOf(devices: Device[]): Facts {
  const statuses = new Map<string, number>();
  for (const device of devices) {
    const { word } = statusOf(device.status);
    statuses.set(word, (statuses.get(word) ?? 0) + 1);
  }
  return {
    sums: total(devices.map((d) => d.ledger ?? NO_SUMS)),
    counts: new Map(FILTERS.map(({ id }) => [id, devices.filter((device) => matches(device, id)).length])),
    statuses,
    perSecond: devices.reduce((sum, d) => sum + (d.rate ?? 0), 0),
    oldestMs: devices.reduce((oldest, d) => (d.firstSeen ? Math.min(oldest, parseTime(d.firstSeen)) : oldest), Date.now()),
    sites: wordsOf(devices, 'site'),
    labels: wordsOf(devices, 'label'),
  };
}

export function labelsOf(device: Device): string[] {
  return device.labels ?? [];
}

/** Sites, or labels, that any device has, in order. */
function wordsOf(devices: Iterable<Device>, by: GroupKey): string[] {
  const words = new Set<string>();
  for (const device of devices) for (const word of by === 'site' ? [device.site] : labelsOf(device)) if (word) words.add(word);
  return [...words].sort(NAMES.compare);
}

const NAMES = new Intl.Collator('en', { numeric: true });

export function sortedDevices(devices: Iterable<Device>, key: SortKey, descending: boolean): Device[] {
  const sign = descending ? -1 : 1;
  return [...devices].sort((a, b) => compareDevices(a, b, key) * sign || NAMES.compare(a.device, b.device));
}

function compareDevices(a: Device, b: Device, key: SortKey): number {
  switch (key) {
    case 'device':
      return NAMES.compare(a.name || a.device, b.name || b.device);
    case 'site':
      return NAMES.compare(a.site ?? '', b.site ?? '');
    case 'status':
      return NAMES.compare(statusOf(a.status).word, statusOf(b.status).word);
    case 'rate':
      return (a.rate ?? -1) - (b.rate ?? -1);
    case 'seen':
      return seen(a) - seen(b);
    case 'ledger':
      return trouble(a) - trouble(b) || (a.ledger?.produced ?? 0) - (b.ledger?.produced ?? 0);
    case 'sensors':
      return a.sensors.length - b.sensors.length;
  }
}

function seen(device: Device): number {
  return device.lastSeen ? parseTime(device.lastSeen) : 0;
}

/** What is worst first: missing before dropped before set aside before waiting. */
function trouble(device: Device): number {
  const l = device.ledger;
  return l ? (l.missing > 0 ? 8 : 0) + (l.dropped > 0 ? 4 : 0) + (l.quarantined > 0 ? 2 : 0) + (l.waiting > 0 ? 1 : 0) : 0;
}
