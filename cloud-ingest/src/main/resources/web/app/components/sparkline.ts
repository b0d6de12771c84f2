// A word-sized chart: the mean as a line over its range; where nothing was stored, nothing is drawn.
import { html, svg, type TemplateResult } from 'lit';
import type { Point } from '../lib/api';
import { parseTime, value } from '../lib/format';

const WIDTH = 120;
const HEIGHT = 24;
const PAD = 2;
/** A silence longer than this many usual steps is a gap. */
const GAP_STEPS = 2.5;

export function sparkline(points: Point[], fromMs: number, toMs: number, series: number, what: string): TemplateResult {
  if (points.length === 0) {
    return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${what}: nothing stored in this time"></svg>`;
  }
  const low = Math.min(...points.map((p) => p.min));
  const high = Math.max(...points.map((p) => p.max));
  const span = high - low || 1;
  const y = (v: number): string => (high === low ? HEIGHT / 2 : PAD + ((high - v) / span) * (HEIGHT - 2 * PAD)).toFixed(1);
  const x = (ms: number): string => (((ms - fromMs) / (toMs - fromMs)) * WIDTH).toFixed(1);

  let line = '';
  let band = '';
  for (const run of runs(points)) {
    line += 'M' + run.map((p) => `${x(p.ms)} ${y(p.mean)}`).join('L');
    if (run.length === 1) line += 'h1';
    band += 'M' + run.map((p) => `${x(p.ms)} ${y(p.max)}`).join('L');
    band += 'L' + [...run].reverse().map((p) => `${x(p.ms)} ${y(p.min)}`).join('L') + 'Z';
  }
  const label = `${what}: from ${value(low)} to ${value(high)}`;
  return html`<svg class="spark series-${series}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>
    ${svg`<title>${label}</title><path class="band" d=${band}/><path class="line" d=${line}/>`}
  </svg>`;
}

type Timed = Point & { ms: number };

function runs(points: Point[]): Timed[][] {
  const timed = points.map((p) => ({ ...p, ms: parseTime(p.time) }));
  const limit = usualStep(timed.map((p) => p.ms)) * GAP_STEPS;
  const result: Timed[][] = [];
  for (const [i, point] of timed.entries()) {
    if (i === 0 || point.ms - timed[i - 1]!.ms > limit) result.push([]);
    result[result.length - 1]!.push(point);
  }
  return result;
}

/** The median distance between neighbours; infinite for fewer than three points. */
export function usualStep(times: number[]): number {
  if (times.length < 3) return Infinity;
  const steps = times.slice(1).map((t, i) => t - times[i]!);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1]!;
}
