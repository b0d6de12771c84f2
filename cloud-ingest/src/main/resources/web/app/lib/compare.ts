// What is compared with what: series as the address and the API name them, how they are told apart, and the one chart of them.
import type { ComparedSeries } from './api';
import { plural } from './format';
import type { Mark } from './gaps';
import { metricColour, metricLabel, metricSeries, metricUnit } from './metrics';
import { query, readable } from './router';
import { columnsOf, DASHES, type Line, type Panel } from './series-model';

/** As many as one chart can tell apart. */
export const SERIES_MAX = 16;
/** What is said of what would add another. */
export const FULL = 'The chart is full: remove a series to add another.';
/** The band behind each line is shown by itself up to so many of them. */
export const BANDS_MAX = 4;

/** A metric of a sensor, perhaps of another time. */
export interface Wanted {
  device: string;
  sensor: string;
  metric: string;
  /** By how much its values are later than where they are drawn, in milliseconds: a week ago is negative. */
  shiftMs: number;
}

/** DEVICE/SENSOR/METRIC, with @-P7D behind it if it is shifted. */
export function seriesText({ device, sensor, metric, shiftMs }: Wanted): string {
  return `${device}/${sensor}/${metric}${shiftMs === 0 ? '' : `@${isoShift(shiftMs)}`}`;
}

/** What has the ledger's word in common: a device at a time. */
export function sourceOf({ device, shiftMs }: Wanted): string {
  return `${device}@${shiftMs}`;
}

/** What the ledger says of a device, where its readings are drawn. */
export function marksOf(one: Wanted, marks: Mark[]): Mark[] {
  const name = [one.device, shiftWords(one.shiftMs)].filter(Boolean).join(' ');
  const shiftS = one.shiftMs / 1000;
  return marks.map((mark) => ({ ...mark, source: sourceOf(one), label: `${name}: ${mark.label}`, from: mark.from - shiftS, to: mark.to - shiftS }));
}

function parseSeries(text: string): Wanted | null {
  const match = /^([^/@]+)\/([^/@]+)\/([^/@]+)(?:@(.+))?$/.exec(text);
  const shiftMs = match?.[4] === undefined ? 0 : parseShift(match[4]);
  if (!match || shiftMs === null) return null;
  return { device: match[1]!, sensor: match[2]!, metric: match[3]!, shiftMs };
}

/** What an address asks for. */
export interface Asked {
  series: Wanted[];
  /** Devices of which one has not said yet what of them. */
  devices: string[];
  /** Parts of the address that are no series, and series and devices that are too many. */
  leftOut: string[];
}

export function readAsked(): Asked {
  const params = query();
  const parsed = params.getAll('series').map((text) => ({ text, one: parseSeries(text) }));
  const wanted = distinct(parsed.flatMap(({ one }) => one ?? []));
  const series = wanted.slice(0, SERIES_MAX);
  const devices = [...new Set(params.getAll('device'))];
  const room = SERIES_MAX - series.length;
  return {
    series,
    devices: devices.slice(0, room),
    leftOut: [...parsed.flatMap(({ text, one }) => (one ? [] : text)), ...wanted.slice(SERIES_MAX).map(seriesText), ...devices.slice(room)],
  };
}

/** Each once, though it may have been written in several ways. */
export function distinct(series: Wanted[]): Wanted[] {
  return [...new Map(series.map((one) => [seriesText(one), one])).values()];
}

/**
 * The page that shows them.
 *
 * @param rest what else of the address is known: the range, the band
 * @param devices those of which the page chooses what they show first
 */
export function compareHref(series: Wanted[], rest: Record<string, string | null> = {}, devices: string[] = []): string {
  const params = new URLSearchParams([...series.map((one) => ['series', seriesText(one)]), ...devices.map((device) => ['device', device])]);
  for (const [name, text] of Object.entries(rest)) if (text) params.set(name, text);
  return `/compare${readable(params)}`;
}

/** The page that chooses of each device what it shows first. */
export function compareDevicesHref(devices: Iterable<string>): string {
  return compareHref([], {}, [...devices]);
}

const UNITS_MS: [string, number][] = [
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];
const UNIT_WORDS: Record<string, string> = { w: 'week', d: 'day', h: 'hour', m: 'minute', s: 'second', ms: 'millisecond' };

/** ISO 8601 with whole days, hours, minutes and seconds, and a sign before all of it. */
function isoShift(ms: number): string {
  let left = Math.abs(ms);
  const parts = UNITS_MS.slice(1).map(([unit, size]) => {
    const n = unit === 's' ? left / size : Math.floor(left / size);
    left -= n * size;
    return n === 0 ? '' : `${n}${unit.toUpperCase()}`;
  });
  const time = parts.slice(1).join('');
  return `${ms < 0 ? '-' : ''}P${parts[0]}${time && `T${time}`}`;
}

function parseShift(text: string): number | null {
  const match = /^([+ -]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/.exec(text);
  if (!match) return null;
  const [d, h, m, s] = match.slice(2).map((part) => Number(part ?? 0));
  const ms = Math.round(d! * 86_400_000 + h! * 3_600_000 + m! * 60_000 + s! * 1000);
  return match[1] === '-' ? -ms : ms;
}

/** What people write for a length of time: 36h, 2d, 1d 12h, 90m; null if it is none. */
export function parseLength(text: string): number | null {
  if (!/^\s*(\d+\s*[wdhms]\s*)+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+)\s*([wdhms])/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS_MS.find(([letter]) => letter === unit)![1], 0);
}

/** "1 week earlier", "36 hours later"; empty if it is not shifted. */
export function shiftWords(ms: number): string {
  if (ms === 0) return '';
  const size = Math.abs(ms);
  const [unit, length] = UNITS_MS.find(([, one]) => size % one === 0) ?? ['ms', 1];
  return `${plural(size / length, UNIT_WORDS[unit]!)} ${ms < 0 ? 'earlier' : 'later'}`;
}

/** How a line is drawn. */
export interface Look {
  colour: string;
  dash: number[];
}

const TINTS = 2;

/**
 * A metric keeps its colour; of several devices every other one has it darker (on dark ground lighter), and the more there
 * are, or if it is of another time, the line is broken.
 */
export function looksOf(series: Wanted[]): Look[] {
  const kinds = new Map<number, { sources: string[]; shifts: number[]; taken: Set<number> }>();
  return series.map(({ device, sensor, metric, shiftMs }) => {
    const hue = metricSeries(metric);
    const kind = kinds.get(hue) ?? { sources: [], shifts: [0], taken: new Set<number>() };
    kinds.set(hue, kind);
    const source = placeOf(kind.sources, `${device}/${sensor}/${metric}`);
    const dash = (Math.floor(source / TINTS) + placeOf(kind.shifts, shiftMs)) % DASHES.length;
    const slots = TINTS * DASHES.length;
    let slot = dash * TINTS + (source % TINTS);
    for (let tries = 1; tries < slots && kind.taken.has(slot); tries++) slot = (slot + TINTS + (tries % DASHES.length === 0 ? 1 : 0)) % slots;
    kind.taken.add(slot);
    const colour = metricColour(metric);
    return {
      colour: slot % TINTS === 0 ? colour : `color-mix(in oklab, ${colour} 50%, var(--c-text))`,
      dash: DASHES[Math.floor(slot / TINTS)]!,
    };
  });
}

/** Where it stands in the list, behind which it is put if it is not in it. */
function placeOf<T>(list: T[], item: T): number {
  const at = list.indexOf(item);
  return at >= 0 ? at : list.push(item) - 1;
}

/** What its values are measured in: those without a unit can only be compared with the same metric. */
function measureOf(metric: string, given: string): string {
  return metricUnit(metric, given) || metricLabel(metric);
}

export interface Comparison {
  panel: Panel;
  /** For each series what keeps it out of the chart; empty if nothing does. */
  hindrances: string[];
}

/** One chart of all that have values, and whose unit one of its two axes has. */
export function comparisonOf(wanted: Wanted[], found: ComparedSeries[]): Comparison {
  const looks = looksOf(wanted);
  const measures: string[] = [];
  for (const one of found) if (one.state === 'ok' || one.state === 'empty') placeOf(measures, measureOf(one.metric, one.unit));
  const [left, right] = measures;
  const titles = new Map<string, string[]>();
  const lines: Line[] = [];
  const hindrances = found.map((one, i) => {
    const measure = measureOf(one.metric, one.unit);
    if (one.state !== 'ok') return one.detail ?? one.state;
    if (measure !== left && measure !== right) {
      return `Not drawn: the chart has two axes, and they are ${left} and ${right}. Remove what is in one of these to see ${measure}.`;
    }
    titles.set(measure, titles.get(measure) ?? []);
    placeOf(titles.get(measure)!, metricLabel(one.metric));
    lines.push(lineOf(wanted[i]!, one, measure === left ? 'left' : 'right', i, looks[i]!));
    return '';
  });
  const axis = (measure: string | undefined): { title: string; unit: string } => {
    const unit = found.find((one) => measureOf(one.metric, one.unit) === measure);
    return { title: titles.get(measure ?? '')?.join(', ') ?? '', unit: unit ? metricUnit(unit.metric, unit.unit) : '' };
  };
  const panel: Panel = { key: 'compare', ...axis(left), lines };
  return { panel: right === undefined ? panel : { ...panel, right: axis(right) }, hindrances };
}

function lineOf(wanted: Wanted, { unit, points }: ComparedSeries, axis: Line['axis'], nth: number, look: Look): Line {
  const { device, sensor, metric, shiftMs } = wanted;
  return {
    key: seriesText(wanted),
    sensor,
    metric,
    label: [device, sensor, metric, shiftWords(shiftMs)].filter(Boolean).join(' '),
    source: sourceOf(wanted),
    unit: metricUnit(metric, unit),
    axis,
    mark: String(nth + 1),
    ...look,
    ...columnsOf(points, shiftMs),
  };
}
