// A word-sized histogram: how many in each of the last hours, the present one last.
import { html, svg, type TemplateResult } from 'lit';
import { count } from '../lib/format';

const BAR = 4;
const GAP = 1;
const HEIGHT = 24;
/** What is not zero is seen. */
const SHORTEST = 2;

export function trend(perHour: number[], what: string): TemplateResult {
  const most = Math.max(1, ...perHour);
  const sum = perHour.reduce((a, b) => a + b, 0);
  const last = perHour[perHour.length - 1] ?? 0;
  const label =
    sum === 0
      ? `${what}: none in the last ${perHour.length} h`
      : `${what}: ${count(sum)} in the last ${perHour.length} h, at most ${count(most)} in an hour, ${count(last)} in this one`;
  const width = perHour.length * (BAR + GAP) - GAP;
  return html`<svg class="trend" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label=${label}>
    ${svg`<title>${label}</title>${perHour.map((n, i) => {
      const height = n === 0 ? 0.5 : Math.max(SHORTEST, (n / most) * HEIGHT);
      return svg`<rect x=${i * (BAR + GAP)} y=${HEIGHT - height} width=${BAR} height=${height} class=${n === 0 ? 'zero' : ''}/>`;
    })}`}
  </svg>`;
}
