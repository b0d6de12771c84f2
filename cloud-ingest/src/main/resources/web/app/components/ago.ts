// A time in words, with all of it in the tooltip.
import { html, type TemplateResult } from 'lit';
import { absolute, moment, parseTime, relative } from '../lib/format';

export function ago(time: string | null): TemplateResult | string {
  return time === null ? 'never' : html`<time datetime=${time} title=${absolute(time)}>${relative(parseTime(time))}</time>`;
}

/** Where words before it ask for a point in time: "since 08:56:19". */
export function at(time: string): TemplateResult {
  return html`<time datetime=${time} title=${absolute(time)}>${moment(parseTime(time))}</time>`;
}
