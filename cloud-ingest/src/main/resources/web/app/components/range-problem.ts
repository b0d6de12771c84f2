// Why the time that an address asks for is not shown.
import { html, nothing, type TemplateResult } from 'lit';

/** Of what an address has in the place of a time so much is repeated. */
const REPEATED_MAX_LENGTH = 40;

/**
 * Says so; nothing where there is no problem.
 *
 * @param problem what is wrong with the address; null if nothing is
 * @param shown the length that is shown instead
 */
export function rangeProblem(problem: string | null, shown: string | null): TemplateResult | typeof nothing {
  if (problem === null) return nothing;
  return html`<p class="range-problem" role="alert"><span class="mark-error">▲ The time of this address cannot be shown: ${problem}.</span> Shown instead: ${shown}.</p>`;
}

/** What is wrong with the length that an address asks for; null if it is one of these, or asks for none. */
export function lengthProblem(wanted: string, lengths: Record<string, number>): string | null {
  return wanted === '' || Object.hasOwn(lengths, wanted) ? null : `range is ${repeated(wanted)}, and has to be one of those here`;
}

/** What an address has, in quotation marks and no longer than can be read. */
export function repeated(text: string): string {
  return `“${text.length > REPEATED_MAX_LENGTH ? `${text.slice(0, REPEATED_MAX_LENGTH)}…` : text}”`;
}
