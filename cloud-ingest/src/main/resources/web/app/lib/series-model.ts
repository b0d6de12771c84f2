// A device's readings over a time range, as charts need them: per metric and unit, aligned on one time axis.
import type { Point, Reading, Series } from './api';
import { clockDate, parseTime, value, zone } from './format';
import type { Mark } from './gaps';
import { compareMetrics, metricColour, metricLabel, metricUnit } from './metrics';

/** One line of a chart. Times are in seconds since 1970, ascending. */
export interface Line {
  key: string;
  sensor: string;
  metric: string;
  /** What it is called among the lines of its chart. */
  label: string;
  /** Whose it is, where there are several on one chart: its gaps are the marks with the same source. */
  source?: string;
  unit: string;
  axis: 'left' | 'right';
  /** Stands at its end, to tell many lines apart; else empty. */
  mark: string;
  /** A colour of CSS. */
  colour: string;
  dash: number[];
  times: number[];
  mean: number[];
  min: number[];
  max: number[];
  /** Values behind each point; 0 for one that came live. */
  counts: number[];
}

/** One chart: all lines of one unit (or, without a unit, of one metric). */
export interface Panel {
  key: string;
  title: string;
  unit: string;
  /** The right axis, if it has one: what its lines are of, and in which unit. */
  right?: { title: string; unit: string };
  lines: Line[];
}

export const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];
/** Points that came live beyond this many are cut from the front until the next fetch brings intervals. */
const LIVE_MAX_POINTS = 4000;
const GAP_STEPS = 2.5;
const PX_PER_POINT = 3;
const POINTS_MIN = 60;
const POINTS_MAX = 600;

/** How many intervals a chart of that width, in pixels, has room for. */
export function pointsFor(width: number): number {
  return Math.round(Math.min(POINTS_MAX, Math.max(POINTS_MIN, width / PX_PER_POINT)));
}

export function panelsOf(series: Series[]): Panel[] {
  const panels = new Map<string, Panel>();
  const sorted = series.filter((s) => s.points.length > 0).sort((a, b) => compareMetrics(a.metric, b.metric) || a.sensor.localeCompare(b.sensor));
  for (const one of sorted) {
    const unit = metricUnit(one.metric, one.unit);
    const key = unit || one.metric;
    let panel = panels.get(key);
    if (!panel) panels.set(key, (panel = { key, title: metricLabel(one.metric), unit, lines: [] }));
    const sameMetric = panel.lines.filter((l) => l.metric === one.metric).length;
    panel.lines.push(lineOf(one, unit, sameMetric));
  }
  for (const { lines } of panels.values()) {
    const several = lines.some((line) => line.metric !== lines[0]!.metric);
    for (const line of lines) line.label = several ? `${line.sensor} ${line.metric}` : line.sensor;
  }
  return [...panels.values()];
}

function lineOf({ sensor, metric, points }: Series, unit: string, nth: number): Line {
  return {
    key: `${sensor} ${metric}`,
    sensor,
    metric,
    label: sensor,
    unit,
    axis: 'left',
    mark: '',
    colour: metricColour(metric),
    dash: DASHES[nth % DASHES.length]!,
    ...columnsOf(points, 0),
  };
}

/**
 * Points as a line has them.
 *
 * @param shiftMs how much earlier or later than where they are drawn they were measured
 */
export function columnsOf(unordered: Point[], shiftMs: number): Pick<Line, 'times' | 'mean' | 'min' | 'max' | 'counts'> {
  const points = [...unordered].sort((a, b) => parseTime(a.time) - parseTime(b.time));
  const numbers = (pick: (p: Point) => number): number[] => points.map(pick);
  return {
    // To the millisecond, which no interval is shorter than: lines that were shifted have the same times as the others.
    times: numbers((p) => Math.round(parseTime(p.time) - shiftMs) / 1000),
    mean: numbers((p) => p.mean),
    min: numbers((p) => p.min),
    max: numbers((p) => p.max),
    counts: numbers((p) => p.count),
  };
}

/** Adds a reading that has just come. False if a metric of it has no line yet: then fetch again. */
export function append(panels: Panel[], reading: Reading): boolean {
  const t = parseTime(reading.time) / 1000;
  let known = true;
  for (const [metric, v] of Object.entries(reading.values)) {
    if (typeof v !== 'number') continue;
    const line = panels.flatMap((p) => p.lines).find((l) => l.sensor === reading.sensor && l.metric === metric);
    if (!line) {
      known = false;
      continue;
    }
    if (line.times.length > 0 && t <= line.times[line.times.length - 1]!) continue; // late: the next fetch has it in its place
    line.times.push(t);
    for (const column of [line.mean, line.min, line.max]) column.push(v);
    line.counts.push(0);
    if (line.times.length > LIVE_MAX_POINTS) {
      for (const column of [line.times, line.mean, line.min, line.max, line.counts]) column.shift();
    }
  }
  return known;
}

/** Seconds beyond which two neighbours of a line have a gap between them. */
export function gapSeconds(line: Line, intervalSeconds: number): number {
  return GAP_STEPS * Math.max(usualStep(line), intervalSeconds, 1);
}

function usualStep(line: Line): number {
  const steps: number[] = [];
  for (let i = 1; i < line.times.length; i++) steps.push(line.times[i]! - line.times[i - 1]!);
  steps.sort((a, b) => a - b);
  return steps.length === 0 ? 0 : steps[steps.length >> 1]!;
}

export type Column = (number | null | undefined)[];

/**
 * Columns for uPlot: times, then mean, minimum and maximum of each line. Undefined where a line has merely no point at that
 * time (it is drawn across), null in the middle of a gap (it is not).
 *
 * @param marks what the ledger says: where it knows of a gap as long as a line's steps are, the line has one
 */
export function aligned(lines: Line[], intervalSeconds: number, marks: Mark[]): [number[], ...Column[]] {
  const gaps = lines.map((line) => [...gapsOf(line, gapSeconds(line, intervalSeconds)), ...knownGapsOf(line, marks)]);
  const middles = gaps.flat().map(([from, to]) => (from + to) / 2);
  const times = [...new Set([...lines.flatMap((l) => l.times), ...middles])].sort((a, b) => a - b);
  const at = new Map(times.map((t, i) => [t, i]));
  const columns: Column[] = [];
  lines.forEach((line, n) => {
    for (const source of [line.mean, line.min, line.max]) {
      const column: Column = new Array<undefined>(times.length).fill(undefined);
      line.times.forEach((t, i) => (column[at.get(t)!] = source[i]));
      // All of it, also where other lines have points: there is nothing to draw up to.
      for (const [from, to] of gaps[n]!) column.fill(null, at.get(from)! + 1, at.get(to)!);
      columns.push(column);
    }
  });
  return [times, ...columns];
}

/** The times of two neighbours between which there is nothing. */
type Gap = [from: number, to: number];

function gapsOf(line: Line, limit: number): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < line.times.length; i++) {
    if (line.times[i]! - line.times[i - 1]! > limit) gaps.push([line.times[i - 1]!, line.times[i]!]);
  }
  return gaps;
}

function knownGapsOf(line: Line, marks: Mark[]): Gap[] {
  const step = usualStep(line);
  return marks.flatMap(({ gap, from, to, source }): Gap[] => {
    const next = line.times.findIndex((t) => t >= from);
    if (gap === undefined || source !== line.source || to - from < step || next < 1 || line.times[next]! < to) return [];
    return [[line.times[next - 1]!, line.times[next]!]];
  });
}

/** Stretches of time in which anything was stored, for the ledger strip. */
export function storedStretches(panels: Panel[], intervalSeconds: number): { from: number; to: number }[] {
  const lines = panels.flatMap((p) => p.lines).filter((l) => l.times.length > 0);
  if (lines.length === 0) return [];
  const limit = Math.min(...lines.map((l) => gapSeconds(l, intervalSeconds)));
  const times = [...new Set(lines.flatMap((l) => l.times))].sort((a, b) => a - b);
  const stretches: { from: number; to: number }[] = [];
  for (const t of times) {
    const last = stretches[stretches.length - 1];
    if (last && t - last.to <= limit) last.to = t;
    else stretches.push({ from: t, to: t });
  }
  return stretches.map((s) => ({ from: s.from, to: s.to + intervalSeconds }));
}

/**
 * A chart in words, for those who do not see it. Times are in seconds since 1970.
 *
 * @param marks of which what is being summed up is said: the words before are without it
 */
export function summaryOf(panel: Panel, fromS: number, toS: number, marks: Mark[]): string {
  const range = `${clockDate(fromS * 1000)} to ${clockDate(toS * 1000)} ${zone()}`;
  const lines = panel.lines.map((line) => {
    const inView = line.times.map((_t, i) => i).filter((i) => line.times[i]! >= fromS && line.times[i]! <= toS);
    if (inView.length === 0) return `${line.label}: nothing stored`;
    const low = Math.min(...inView.map((i) => line.min[i]!));
    const high = Math.max(...inView.map((i) => line.max[i]!));
    return `${line.label}: from ${value(low)} to ${value(high)}, last ${value(line.mean[inView[inView.length - 1]!]!)} ${line.unit}`;
  });
  const titles = panel.right ? `${panel.title} and ${panel.right.title}` : panel.title;
  const summing = marks.filter((mark) => mark.state === 'summing').map((mark) => ` Without what was before ${clockDate(mark.to * 1000)}: it is ${mark.label}.`);
  return `${titles}, ${range}. ${lines.join('. ')}.${summing.join('')}`;
}
