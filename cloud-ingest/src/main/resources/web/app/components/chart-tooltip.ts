// What stands beside the cursor of a chart: the time, a row a line, and why there is nothing where there is not, or that it came late.
import { clockDate, zone } from '../lib/format';
import type { Mark } from '../lib/gaps';
import type { Line } from '../lib/series-model';

/** A line's value where the cursor is. */
export interface TooltipRow {
  line: Line;
  mean: number;
  /** The value with its unit, and its range where it has one. */
  text: string;
}

/** Highest first; a chart's left axis before its right one, as their values cannot be compared. */
export function sorted(rows: TooltipRow[]): TooltipRow[] {
  return rows.sort((a, b) => Number(a.line.axis === 'right') - Number(b.line.axis === 'right') || b.mean - a.mean);
}

/** @param marks of the moment, in seconds since 1970, that the pointer is at */
export function fillTooltip(box: HTMLElement, seconds: number, rows: TooltipRow[], marks: Mark[]): void {
  const time = document.createElement('div');
  time.className = 'tooltip-time';
  time.textContent = `${clockDate(seconds * 1000)} ${zone(seconds * 1000)}`;
  box.replaceChildren(time, ...rows.map(valueRow), ...marks.map(gapRow));
}

function valueRow({ line, text }: TooltipRow): HTMLElement {
  const row = document.createElement('div');
  const name = document.createElement('span');
  const mark = document.createElement('i');
  mark.className = 'line-mark';
  mark.style.background = line.colour;
  const label = document.createElement('span');
  label.textContent = line.label;
  if (line.mark !== '') label.className = 'is-marked'; // on a phone the mark is enough
  name.append(mark, line.mark === '' ? '' : `${line.mark} `, label);
  const shown = document.createElement('span');
  shown.textContent = text;
  row.append(name, shown);
  return row;
}

function gapRow(mark: Mark): HTMLElement {
  const row = document.createElement('div');
  row.className = 'tooltip-gap';
  row.textContent = mark.label;
  row.style.color = mark.state === 'late' ? 'var(--c-accent-text)' : `var(--c-${mark.state})`;
  return row;
}
