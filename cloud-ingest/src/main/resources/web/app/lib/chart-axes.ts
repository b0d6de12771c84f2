// How a chart's axes are cut and labelled.
import { clockDate, value } from './format';
import type { Line, Panel } from './series-model';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
export const X_STEPS_S = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 3, 5, 10, 15, 30].map((n) => n * MINUTE_S),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR_S),
  ...[1, 2, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY_S),
];
const EXPONENT_MAX = 16;
/** Ones, twos and fives; quarters only where they need no decimal more than these. */
export const Y_STEPS = Array.from({ length: 2 * EXPONENT_MAX }, (_, i) => i - EXPONENT_MAX).flatMap((exponent) =>
  (exponent > 0 ? [1, 2, 2.5, 5] : [1, 2, 5]).map((n) => Number(`${n}e${exponent}`)),
);
/** Steps of values that a plot has room for. */
export const Y_TICKS_MAX = 5;
export const AXIS_FONT_PX = 11;
const Y_AXIS_MIN_PX = 56;
/** An axis that has to be wider is so by this much or several times it, so that it does not change with every value. */
const Y_AXIS_STEP_PX = 8;
/** Beside an axis's labels. */
const LABEL_ROOM_PX = 10;

/** A tick of the time axis: the day at midnight, else the time as finely as the ticks are. */
export function timeLabel(seconds: number, step: number): string {
  const text = clockDate(seconds * 1000);
  const time = text.slice(11);
  if (step >= DAY_S || (time === '00:00:00' && step >= HOUR_S)) return text.slice(5, 10);
  if (step >= MINUTE_S) return time.slice(0, 5);
  return step >= 1 ? time : `${time}.${Math.floor((seconds % 1) * 10 + 1e-6)}`;
}

/** Some air above and below; a line that never changes still gets a scale. */
export function yRange(min: number | null, max: number | null): [number, number] {
  if (min == null || max == null) return [0, 1];
  const span = max - min || Math.max(Math.abs(max) * 0.01, 1e-6);
  return [min - span * 0.12, max + span * 0.12];
}

/** A tick of an axis of values, with as many decimals as the step from one to the next has. */
export function axisValue(v: number, step: number): string {
  const size = Math.abs(v);
  if (v !== 0 && (size >= 1e7 || step < 1e-4)) return value(v);
  const decimals = [0, 1, 2, 3].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 4;
  return v.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace('-', '−');
}

/** How wide the axes of values have to be so that each of these charts has room for its labels, and all begin at the same place. */
export function axisWidth(panels: Panel[]): number {
  const labels = panels.flatMap(({ lines }) => (['left', 'right'] as const).flatMap((axis) => endLabels(lines.filter((line) => line.axis === axis))));
  const room = Math.max(0, ...labels.map(labelWidth)) + LABEL_ROOM_PX;
  return Math.max(Y_AXIS_MIN_PX, Y_AXIS_STEP_PX * Math.ceil(room / Y_AXIS_STEP_PX));
}

/** The first and the last of an axis of these lines. What lies between is no longer, as all have the same decimals. */
function endLabels(lines: Line[]): string[] {
  let least = Infinity;
  let most = -Infinity;
  for (const { min, max } of lines) {
    for (const v of min) if (v < least) least = v;
    for (const v of max) if (v > most) most = v;
  }
  if (least > most) return [];
  const [low, high] = yRange(least, most);
  const step = Y_STEPS.find((one) => (high - low) / one <= Y_TICKS_MAX) ?? Infinity;
  return [Math.ceil(low / step), Math.floor(high / step)].map((n) => axisValue(n * step, step));
}

let ruler: CanvasRenderingContext2D | null = null;

function labelWidth(label: string): number {
  ruler ??= document.createElement('canvas').getContext('2d')!;
  ruler.font = `${AXIS_FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(label).width;
}
