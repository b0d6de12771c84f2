// The ledger drawn: as a bar, as sums, as the one sentence.
import { html, nothing, type TemplateResult } from 'lit';
import type { Sums } from '../lib/api';
import { count, plural, shortCount } from '../lib/format';
import { byHowMuch, type LateSum } from '../lib/late';
import { describe, STATES, STORED_LATE, WORDS, type State } from '../lib/ledger';
import { quarantineHref } from '../lib/quarantine';
import { counted, countedShort } from './number';

/**
 * Shares of produced, each state at least wide enough to be seen.
 *
 * @param late how many of those stored were stored late
 */
export function ledgerBar(sums: Sums, late = 0): TemplateResult {
  const isLate = Math.min(late, sums.stored);
  const shares = STATES.flatMap((state): [string, number][] => (state === 'stored' ? [['stored', sums.stored - isLate], ['late', isLate]] : [[state, sums[state]]]));
  const words = describe(sums, isLate);
  return html`<div class="ledger-bar" role="img" aria-label=${words} title=${words}>
    ${shares.filter(([, n]) => n > 0).map(([state, n]) => html`<span class="state state-${state}" .style=${`flex: ${n} 1 0`}></span>`)}
  </div>`;
}

/**
 * Swatch and count of each state that has any; stored always.
 *
 * @param device whose, or null for all: what is set aside leads to its page; else it leads nowhere
 * @param late how many of those stored were stored late
 */
export function ledgerSums(sums: Sums, words = false, device?: string | null, late = 0): TemplateResult {
  const shown = STATES.filter((state) => sums[state] > 0 || state === 'stored');
  return html`<span class="sums"
    >${shown.map(
      (state) => html`<span class="sum sum-${state}" title="${WORDS[state]}: ${count(sums[state])}"
        ><i class="swatch state state-${state}"></i>${leading(state, device, words ? counted(sums[state]) : countedShort(sums[state]))}${words
          ? html`<span class="word"> ${WORDS[state]}</span>`
          : html`<span class="hidden-text"> ${WORDS[state]}</span>`}${state === 'stored' && late > 0
          ? html`<span class="quiet" title="${STORED_LATE}: ${count(late)}"> (${shortCount(late)} late)</span>`
          : nothing}</span
      >`,
    )}</span
  >`;
}

function leading(state: State, device: string | null | undefined, shown: TemplateResult): TemplateResult {
  return state === 'quarantined' && device !== undefined ? html`<a href=${quarantineHref({ device })}>${shown}</a>` : shown;
}

/** "412 of them late, by up to 23 min", in brackets. */
function lateWords(late: LateSum | null): TemplateResult | string {
  return late === null || late.readings === 0 ? '' : html` (${counted(late.readings)} of them late, by ${byHowMuch(late.most)})`;
}

/**
 * "10,214,332 readings produced. All accounted for: 10,214,300 stored, 32 waiting."
 *
 * @param device whose, or null for all: what is set aside leads to its page
 * @param missingOf whose readings are missing ("2 devices"); null on a device's own page
 * @param show what the link to the missing ones does; null for none
 * @param late what of it was stored late; null where that is not said
 */
export function sentence(
  sums: Sums,
  device: string | null,
  missingOf: string | null,
  show: (() => void) | null,
  late: LateSum | null = null,
): TemplateResult {
  const rest = STATES.filter((state) => state !== 'missing' && (sums[state] > 0 || state === 'stored'));
  const parts = rest.map((state, i) => html`${i > 0 ? ', ' : ''}${leading(state, device, html`${counted(sums[state])} ${WORDS[state]}`)}${state === 'stored' ? lateWords(late) : ''}`);
  const produced = html`${counted(sums.produced)} ${sums.produced === 1 ? 'reading' : 'readings'} produced`;
  if (sums.produced === 0) return html`No readings produced yet.`;
  if (sums.missing > 0) {
    return html`<span class="alarm"
        >Missing: ${counted(sums.missing)} ${sums.missing === 1 ? 'reading' : 'readings'}${missingOf === null
          ? ''
          : ` of ${missingOf}`}.</span
      >
      ${show === null
        ? nothing
        : html`<a
            href="#"
            @click=${(event: Event) => {
              event.preventDefault();
              show();
            }}
            >Show them.</a
          >`}
      ${produced}: ${parts}.`;
  }
  return html`${produced}. All accounted for: ${parts}.`;
}

/** What must be zero and is not. */
export function duplicatesAlarm(sums: Sums): TemplateResult | typeof nothing {
  return sums.duplicates > 0
    ? html`<span class="alarm">Doubled: ${plural(sums.duplicates, 'row')} too many, of readings that are stored already.</span>`
    : nothing;
}
