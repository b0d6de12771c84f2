// A number on the page: short to read, whole on hover, copied by a click.
import { html, nothing, type TemplateResult } from 'lit';
import { count, fullValue, rate, shortCount, valueWithin } from '../lib/format';
import type { Scalar } from '../lib/api';

/**
 * A measured value with its unit in a lighter weight.
 *
 * @param span what the chart beside it spans, when it must be told apart from its neighbours there
 */
export function measured(v: Scalar, unit: string, focusable = false, span = 0): TemplateResult {
  const text = typeof v === 'number' ? valueWithin(v, span) : String(v);
  const full = typeof v === 'number' ? fullValue(v) : String(v);
  return number(text, full, unit, focusable);
}

/** A count in full. */
export function counted(n: number, focusable = false): TemplateResult {
  return number(count(n), String(n), '', focusable);
}

/** A count where there is little room. */
export function countedShort(n: number): TemplateResult {
  return number(shortCount(n), String(n), '', false);
}

/** Readings per second. */
export function rated(perSecond: number | null | undefined): TemplateResult {
  const { text, unit } = rate(perSecond);
  if (perSecond == null) return html`<span class="quiet" title="no rate is known yet">${text}</span>`;
  return number(text, `${fullValue(perSecond)}`, unit, false, 'readings per second');
}

function number(text: string, full: string, unit: string, focusable: boolean, unitWords = unit): TemplateResult {
  const title = `${full}${unitWords ? ' ' + unitWords : ''} (click copies)`;
  return html`<span
    class="num"
    data-full=${full}
    title=${title}
    tabindex=${focusable ? 0 : nothing}
    role=${focusable ? 'button' : nothing}
    aria-label=${focusable ? `${text} ${unitWords}, copy` : nothing}
    >${text}${unit ? html`<span class="unit"> ${unit}</span>` : nothing}</span
  >`;
}
