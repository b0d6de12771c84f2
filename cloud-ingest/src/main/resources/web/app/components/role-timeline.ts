// Who led which group when, and which gateway was ready: a lane each over one time axis, and the same as a list.
import { html, nothing, type TemplateResult } from 'lit';
import { changeWords, lanesOf, type Stretch } from '../lib/cluster';
import { absolute, clock, clockDate, count, parseTime, plural, zone } from '../lib/format';
import { CHANGES_MAX, type Changes } from '../lib/gateways';

const TICKS = 4;
const DAY_MS = 24 * 3_600_000;
const LISTED_MAX = 200;
const SPOKEN_MAX = 20;
const WORDS: Record<string, string> = { leaderless: 'no leader', ready: 'ready', 'not-ready': 'not ready', silent: 'silent' };

/**
 * @param known with what held at its start
 * @param series a gateway's colour, 0 to 7
 */
export function roleTimeline(known: Changes, cluster: string, fromMs: number, toMs: number, series: (gateway: string) => number): TemplateResult {
  const { changes, isCut } = known;
  const sinceMs = Math.max(known.fromMs, fromMs);
  const groups = lanesOf(changes, cluster, true, sinceMs, toMs);
  const gateways = lanesOf(changes, cluster, false, sinceMs, toMs);
  const listed = changes.filter((c) => c.cluster === cluster && parseTime(c.time) >= sinceMs).reverse();
  return html`
    ${isCut
      ? html`<p class="timeline-cut">
          There were more than ${count(CHANGES_MAX)} changes in this time. The newest are shown: from ${moment(sinceMs, toMs - fromMs)} ${zone(sinceMs)} on; what was
          before is in the API, /api/v1/gateways/changes.
        </p>`
      : nothing}
    <div class="lanes">
      ${groups.size > 0 ? html`<h3>Who leads</h3>` : nothing}
      ${[...groups].map(([name, lane]) => renderLane('group', name, lane, fromMs, toMs, series))}
      ${gateways.size > 0 ? html`<h3>Who is ready</h3>` : nothing}
      ${[...gateways].map(([name, lane]) => renderLane('gateway', name, lane, fromMs, toMs, series))}
      ${groups.size + gateways.size > 0 ? renderAxis(fromMs, toMs) : html`<p class="quiet">No change of a role is known yet.</p>`}
    </div>
    <details class="changes">
      <summary>${listed.length === 0 ? 'No change in this time' : `The same as a list: ${plural(listed.length, 'change')}`}</summary>
      <ol tabindex="0" aria-label="Changes">
        ${listed.slice(0, LISTED_MAX).map((c) => html`<li><time datetime=${c.time} title=${absolute(c.time)}>${moment(parseTime(c.time), toMs - fromMs)}</time> ${changeWords(c)}</li>`)}
      </ol>
      ${listed.length > LISTED_MAX ? html`<p class="quiet">and ${plural(listed.length - LISTED_MAX, 'earlier change')}: choose a shorter time</p>` : nothing}
    </details>
  `;
}

function renderLane(what: string, name: string, lane: Stretch[], fromMs: number, toMs: number, series: (gateway: string) => number): TemplateResult {
  const percent = (ms: number): number => (100 * (ms - fromMs)) / (toMs - fromMs);
  const earlier = lane.length > SPOKEN_MAX ? `${plural(lane.length - SPOKEN_MAX, 'earlier stretch', 'earlier stretches')}; ` : '';
  const words = earlier + lane.slice(-SPOKEN_MAX).map((s) => spoken(s, toMs - fromMs)).join('; ');
  return html`<div class="lane" data-lane=${`${what} ${name}`}>
    <span class="lane-name" title=${name}><span class="hidden-text">${what} </span>${name}</span>
    <div class="lane-strip" role="img" aria-label="${what} ${name}: ${words}">
      ${lane.map((s) => {
        const left = percent(s.fromMs);
        return html`<span
          class="stretch is-${s.kind} series-${series(s.gateway)}"
          title="${spoken(s, toMs - fromMs)} ${zone(toMs)}"
          .style=${`left: ${left}%; width: max(3px, calc(${percent(s.toMs) - left}% - 1px))`}
          ><span class="stretch-name">${label(s)}</span></span
        >`;
      })}
    </div>
  </div>`;
}

function label(s: Stretch): string {
  return s.kind === 'leads' ? s.gateway : (WORDS[s.kind] ?? s.kind);
}

function spoken(s: Stretch, spanMs: number): string {
  const what = s.kind === 'leads' ? `${s.gateway} leads, term ${s.term}` : label(s);
  return `${what}, ${moment(s.fromMs, spanMs)} to ${moment(s.toMs, spanMs)}`;
}

function renderAxis(fromMs: number, toMs: number): TemplateResult {
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => fromMs + (i * (toMs - fromMs)) / TICKS);
  return html`<div class="lane lane-axis" aria-hidden="true">
    <span class="lane-name">${zone(toMs)}</span>
    <div class="lane-ticks">${ticks.map((ms) => html`<span>${clock(ms).slice(0, toMs - fromMs < 15 * 60_000 ? 8 : 5)}</span>`)}</div>
  </div>`;
}

/** The time of day, and the day where that is not clear. */
function moment(ms: number, spanMs: number): string {
  return spanMs >= DAY_MS ? clockDate(ms) : clock(ms);
}
