// A device's status: a shape and a word, never a colour alone.
import { html, svg, type TemplateResult } from 'lit';
import { absolute } from '../lib/format';
import { statusOf } from '../lib/ledger';

const SHAPES = {
  online: svg`<circle cx="5" cy="5" r="4" fill="currentColor"/>`,
  late: svg`<circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor"/>`,
  disconnected: svg`<circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M2.5 7.5l5-5" stroke="currentColor" stroke-width="1.5"/>`,
  silent: svg`<circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
};

/** In the place of its status, which says of one that is shut out only when that was. */
export function shutOutMark(since: string): TemplateResult {
  return html`<span class="status status-shut-out" title="since ${absolute(since)}: its readings wait on the device"
    ><svg viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="4" fill="currentColor" /><path d="M2.5 5h5" stroke="var(--c-bg)" stroke-width="1.5" /></svg>shut out</span
  >`;
}

export function statusMark(status: string): TemplateResult {
  const { word, form } = statusOf(status);
  return html`<span class="status status-${form}"
    ><svg viewBox="0 0 10 10" aria-hidden="true">${SHAPES[form]}</svg>${word}</span
  >`;
}
