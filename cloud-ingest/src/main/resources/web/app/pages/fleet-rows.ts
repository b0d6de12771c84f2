// The fleet's columns, filters and orders.
import type { Device } from '../lib/api';
import { parseTime } from '../lib/format';
import { statusOf } from '../lib/ledger';

export type SortKey = 'device' | 'status' | 'rate' | 'seen' | 'ledger' | 'sensors';
export type Filter = 'all' | 'online' | 'late' | 'silent' | 'disconnected' | 'missing' | 'dropped' | 'quarantined';

export const COLUMNS: { id: string; word: string; sort?: SortKey }[] = [
  { id: 'device', word: 'Device', sort: 'device' },
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
];

export function filterDevices(devices: Device[], search: string, filter: Filter): Device[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return devices.filter((device) => matches(device, filter) && words.every((w) => device.device.toLowerCase().includes(w)));
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
    default:
      return (device.ledger?.[filter] ?? 0) > 0;
  }
}

const NAMES = new Intl.Collator('en', { numeric: true });

export function compareDevices(a: Device, b: Device, key: SortKey): number {
  switch (key) {
    case 'device':
      return NAMES.compare(a.device, b.device);
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
