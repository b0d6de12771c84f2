// The series of a comparison, one a row: its key, whose it is, of which time, what it did, and how to be rid of it.
import { html, nothing, type TemplateResult } from 'lit';
import { measured } from '../components/number';
import { FULL, looksOf, parseLength, SERIES_MAX, seriesText, shiftWords, type Look, type Wanted } from '../lib/compare';
import { plural } from '../lib/format';
import { metricLabel } from '../lib/metrics';
import { deviceHref } from '../lib/router';
import type { Line } from '../lib/series-model';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHIFTS_MS = [0, -HOUR_MS, -DAY_MS, -7 * DAY_MS, -28 * DAY_MS];
const OWN = 'own';

export interface TableActions {
  remove(nth: number): void;
  /** Lays the same beside it, of another time. */
  copy(nth: number): void;
  shift(nth: number, shiftMs: number): void;
  /** Opens or closes the field for a shift of one's own. */
  edit(nth: number | null): void;
}

interface Row {
  one: Wanted;
  nth: number;
  look: Look;
  line: Line | undefined;
  /** From the lowest to the highest value of its axis. */
  span: number;
  hindrance: string;
  isEdited: boolean;
  isFull: boolean;
  /** The number of the other row that has the same with this shift; undefined if none has. */
  otherWith(shiftMs: number): number | undefined;
}

/**
 * @param lines those that are drawn, by their keys
 * @param hindrances what keeps each of the others out of the chart
 * @param edited of which one a shift of one's own is being written; null for none
 */
export function seriesTable(wanted: Wanted[], lines: Map<string, Line>, hindrances: string[], edited: number | null, actions: TableActions): TemplateResult {
  const looks = looksOf(wanted);
  const spans = { left: spanOf([...lines.values()], 'left'), right: spanOf([...lines.values()], 'right') };
  const numbers = new Map(wanted.map((one, i) => [seriesText(one), i + 1]));
  const rows = wanted.map((one, nth): Row => ({
    one,
    nth,
    look: looks[nth]!,
    line: lines.get(seriesText(one)),
    span: spans[lines.get(seriesText(one))?.axis ?? 'left'],
    hindrance: hindrances[nth] ?? '',
    isEdited: edited === nth,
    isFull: wanted.length >= SERIES_MAX,
    otherWith: (shiftMs) => (shiftMs === one.shiftMs ? undefined : numbers.get(seriesText({ ...one, shiftMs }))),
  }));
  return html`<table class="compared" role="table" aria-label="Series">
    <thead role="rowgroup">
      <tr role="row">
        ${[['series', 'Series'], ['shift', 'Time'], ['last', 'Last'], ['low', 'Minimum'], ['mean', 'Mean'], ['high', 'Maximum']].map(([id, word]) => html`<th role="columnheader" scope="col" class="col-${id}">${word}</th>`)}
        <th role="columnheader" scope="col" class="col-remove"><span class="hidden-text">Add and remove</span></th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => renderRow(row, actions))}
    </tbody>
  </table>`;
}

function renderRow(row: Row, actions: TableActions): TemplateResult {
  const { one, nth, look, line, span, hindrance, isFull } = row;
  const { device, sensor, metric } = one;
  const name = `${device} ${sensor} ${metric}`;
  return html`<tr role="row" data-series=${seriesText(one)}>
    <td role="cell" class="col-series">
      <span class="mark">${nth + 1}</span>
      <svg class="key" viewBox="0 0 24 4" aria-hidden="true"><line x1="0" x2="24" y1="2" y2="2" stroke-width="2" stroke-dasharray=${look.dash.join(' ')} .style=${`stroke: ${look.colour}`} /></svg>
      <span class="name"><a href=${deviceHref(device)}>${device}</a> ${metricLabel(metric)} <span class="quiet">${sensor}</span></span>
    </td>
    <td role="cell" class="col-shift">${renderShift(row, name, actions)}</td>
    ${line ? renderSums(line, span) : html`<td role="cell" class="col-hindrance" colspan="4">${hindrance || html`<span class="quiet">–</span>`}</td>`}
    <td role="cell" class="col-remove">
      <button class="icon-button" aria-label="Add ${name} of another time" title=${isFull ? FULL : 'Add the same, of another time'} ?disabled=${isFull} @click=${() => actions.copy(nth)}>+</button>
      <button class="icon-button" aria-label="Remove ${name}${one.shiftMs === 0 ? '' : `, ${shiftWords(one.shiftMs)}`}" title="Remove" @click=${() => actions.remove(nth)}>×</button>
    </td>
  </tr>`;
}

/** From the lowest to the highest value of an axis: its figures have as many decimals as each other. */
function spanOf(lines: Line[], axis: Line['axis']): number {
  const own = lines.filter((line) => line.axis === axis);
  return own.length === 0 ? 0 : Math.max(...own.map((line) => Math.max(...line.max))) - Math.min(...own.map((line) => Math.min(...line.min)));
}

function renderSums(line: Line, span: number): TemplateResult {
  const count = line.counts.reduce((sum, n) => sum + n, 0);
  const low = Math.min(...line.min);
  const high = Math.max(...line.max);
  const mean = line.mean.reduce((sum, v, i) => sum + v * (line.counts[i]! / count), 0);
  const values: [string, number][] = [['last', line.mean[line.mean.length - 1]!], ['low', low], ['mean', mean], ['high', high]];
  return html`${values.map(
    ([id, v]) => html`<td role="cell" class="col-${id}" title=${plural(count, 'value')}>${measured(v, line.unit, false, span)}</td>`,
  )}`;
}

function renderShift(row: Row, name: string, actions: TableActions): TemplateResult {
  const { nth, isEdited, otherWith } = row;
  const { shiftMs } = row.one;
  const shifts = SHIFTS_MS.includes(shiftMs) ? SHIFTS_MS : [...SHIFTS_MS, shiftMs];
  const onChange = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    if (value === OWN) actions.edit(nth);
    else actions.shift(nth, Number(value));
  };
  return html`<select class="select" aria-label="Time of ${name}" data-set=${shiftMs === 0 ? nothing : ''} @change=${onChange}>
      ${shifts.map((ms) => {
        const other = otherWith(ms);
        return html`<option value=${ms} .selected=${!isEdited && ms === shiftMs} ?disabled=${other !== undefined}>${shiftWords(ms) || 'as shown'}${other === undefined ? '' : `, in row ${other}`}</option>`;
      })}
      <option value=${OWN} .selected=${isEdited}>earlier by …</option>
    </select>
    ${isEdited ? renderOwnShift(row, name, actions) : nothing}`;
}

function renderOwnShift({ nth, otherWith }: Row, name: string, actions: TableActions): TemplateResult {
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const refuse = (words: string): void => void (form.querySelector('.mark-error')!.textContent = words);
    const ms = parseLength(form.querySelector('input')!.value);
    const other = ms === null ? undefined : otherWith(-ms);
    if (ms === null) refuse('Write a length of time, such as 36h, 2d or 1d 12h: of w, d, h, m and s.');
    else if (other !== undefined) refuse(`Row ${other} is of that time already: write another length.`);
    else actions.shift(nth, -ms);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') actions.edit(null);
  };
  return html`<form class="own-shift" @submit=${onSubmit} @keydown=${onKey}>
    <input type="text" aria-label="How much earlier, for ${name}" placeholder="36h" autocomplete="off" spellcheck="false" />
    <button class="button">Shift</button>
    <span class="mark-error" role="alert"></span>
  </form>`;
}
