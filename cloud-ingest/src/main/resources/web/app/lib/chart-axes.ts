// How a chart's axes are cut and labelled.
import { clockDate, value } from './format';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
export const X_STEPS_S = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 3, 5, 10, 15, 30].map((n) => n * MINUTE_S),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR_S),
  ...[1, 2, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY_S),
];

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

export function axisValue(v: number, step: number): string {
  const size = Math.abs(v);
  if (v !== 0 && (size >= 1e7 || step < 1e-4)) return value(v);
  const decimals = [0, 1, 2, 3].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 4;
  return v.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace('-', '−');
}
