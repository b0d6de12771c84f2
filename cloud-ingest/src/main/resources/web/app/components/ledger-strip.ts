// The strip under the charts' time axis: what the ledger says of each moment.
import { html, type TemplateResult } from 'lit';
import { clock, zone } from '../lib/format';
import { WORDS } from '../lib/ledger';
import type { Mark } from '../lib/locate';

/** @param marks in any order; later ones are drawn over earlier ones. Times are in seconds since 1970. */
export function ledgerStrip(marks: Mark[], fromS: number, toS: number): TemplateResult {
  const inView = marks.filter((m) => m.to > fromS && m.from < toS);
  const percent = (s: number): number => (100 * (Math.min(toS, Math.max(fromS, s)) - fromS)) / (toS - fromS);
  const words = [...new Set(inView.map((m) => WORDS[m.state]))].join(', ') || 'nothing known';
  return html`<div class="strip-row">
    <span class="strip-label">Ledger</span>
    <div class="strip" role="img" aria-label="Ledger in this time: ${words}">
      ${inView.map((mark) => {
        const left = percent(mark.from);
        return html`<span
          class="state state-${mark.state}"
          title="${mark.label} · ${clock(mark.from * 1000)} to ${clock(mark.to * 1000)} ${zone()}"
          .style=${`left: ${left}%; width: max(3px, ${percent(mark.to) - left}%)`}
        ></span>`;
      })}
    </div>
  </div>`;
}
