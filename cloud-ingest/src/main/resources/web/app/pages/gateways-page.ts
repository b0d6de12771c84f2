// The gateways: one sentence, then each cluster as a matrix of groups and gateways, its changes over time, and what it refused.
import { html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { notice } from '../components/notice';
import { counted } from '../components/number';
import { lengthProblem, rangeProblem } from '../components/range-problem';
import { roleTimeline } from '../components/role-timeline';
import { ageWords, clustersOf, isSilent, reasonMeaning, replicaOf, sentenceOf, waits, type Cluster, type Group } from '../lib/cluster';
import { feed } from '../lib/feed';
import { absolute, clock, count, parseTime, plural, relative, zone } from '../lib/format';
import { GatewayStore } from '../lib/gateway-store';
import type { Gateway, Replica } from '../lib/gateways';
import { pushQuery, query } from '../lib/router';

const CLOCK_MS = 1000;
const RANGES: Record<string, number> = { '5m': 300_000, '1h': 3_600_000, '6h': 6 * 3_600_000, '24h': 24 * 3_600_000 };
const DEFAULT_RANGE = '1h';
const SERIES_COUNT = 8;

/** Each with the word it is said with and a shape of its own. */
const ROLES: Record<string, [string, TemplateResult]> = {
  leader: ['leads', svg`<path d="M6 1l5 5-5 5-5-5z" fill="currentColor"/>`],
  follower: ['follows', svg`<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>`],
  candidate: ['stands for election', svg`<path d="M6 1.5l4.500 4.500-4.500 4.500-4.500-4.500z" fill="none" stroke="currentColor" stroke-width="1.5"/>`],
  closed: ['closed: start it again', svg`<path d="M2.500 2.500l7 7M9.500 2.500l-7 7" stroke="currentColor" stroke-width="1.800"/>`],
};
const STATES: Record<string, [string, TemplateResult]> = {
  ready: ['ready', svg`<circle cx="6" cy="6" r="4.500" fill="currentColor"/>`],
  'not-ready': ['not ready', svg`<path d="M6 1.200l5 9.300H1z" fill="currentColor"/>`],
  silent: ['silent', svg`<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2"/>`],
};
const HOME = svg`<path d="M1.500 6.200L6 2l4.500 4.200M3 5.500V10h6V5.500" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round"/>`;

export class GatewaysPage extends LitElement {
  private range = DEFAULT_RANGE;
  /** Why the address does not have the range that is shown; null if it has, or asks for none. */
  private problem: string | null = null;
  private readonly store = new GatewayStore(() => RANGES[this.range]!);
  private timer = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Gateways · Tidemark';
    this.readQuery();
    for (const type of ['route-changed', 'popstate']) window.addEventListener(type, this.readQuery);
    this.store.addEventListener('change', this.refresh);
    this.timer = window.setInterval(this.refresh, CLOCK_MS);
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const type of ['route-changed', 'popstate']) window.removeEventListener(type, this.readQuery);
    this.store.stop();
    this.store.removeEventListener('change', this.refresh);
    clearInterval(this.timer);
  }

  private readonly refresh = (): void => this.requestUpdate();

  private readonly readQuery = (): void => {
    const asked = query().get('range') ?? '';
    const range = Object.hasOwn(RANGES, asked) ? asked : DEFAULT_RANGE;
    this.problem = lengthProblem(asked, RANGES);
    if (range !== this.range && this.store.loaded) this.store.now();
    this.range = range;
    this.requestUpdate();
  };

  private now(): number {
    return feed.paused && this.store.loaded ? this.store.asOf : Date.now();
  }

  protected override render(): TemplateResult {
    const clusters = clustersOf(this.store.gateways);
    return html`<div class="gateways">
      <section class="gateways-head" aria-label="Summary">${this.renderSentence(clusters)} ${notice(this.usual(), this.store.retryAt)}</section>
      ${clusters.map((cluster, i) => this.renderCluster(cluster, clusters.length > 1, i === 0))}
      ${this.store.loaded && clusters.length === 0 ? renderEmpty() : nothing}
    </div>`;
  }

  private renderSentence(clusters: Cluster[]): TemplateResult {
    if (!this.store.loaded) return html`<h1 class="sentence quiet">Asking for the gateways…</h1>`;
    if (clusters.length === 0) return html`<h1 class="sentence">No gateway has reported yet.</h1>`;
    const { alarm, rest } = sentenceOf(clusters, this.now());
    return html`<h1 class="sentence">${alarm ? html`<span class="alarm">${alarm}</span> ` : nothing}${rest}</h1>`;
  }

  private usual(): TemplateResult | string {
    const { gateways, asOf, loaded } = this.store;
    if (!loaded || gateways.length === 0) return '';
    const connected = gateways.filter((g) => !isSilent(g)).reduce((sum, g) => sum + (g.connections?.mqtt ?? 0), 0);
    return html`${plural(connected, 'MQTT connection')} · as of ${clock(asOf)} ${zone()}`;
  }

  private renderCluster(cluster: Cluster, several: boolean, isFirst: boolean): TemplateResult {
    const colours = new Map(cluster.gateways.map((g, i) => [g.gateway, (i + 1) % SERIES_COUNT]));
    const toMs = this.now();
    const fromMs = toMs - RANGES[this.range]!;
    const title = several ? html` of cluster <span class="mono">${cluster.id}</span>` : '';
    return html`<section class="cluster" data-cluster=${cluster.id} aria-label="Cluster ${cluster.id}">
      <h2>Groups and gateways${title} ${several ? nothing : html`<span class="label">cluster <span class="mono">${cluster.id}</span></span>`}</h2>
      <div class="matrix-scroller" tabindex="0" role="group" aria-label="Groups and gateways">${this.renderMatrix(cluster, colours)}</div>
      <div class="timeline-head">
        <h2>Changes of roles</h2>
        <div class="range" role="group" aria-label="Time range">
          ${Object.keys(RANGES).map((name) => html`<button class="button" data-range=${name} aria-pressed=${this.range === name} @click=${() => this.choose(name)}>${name}</button>`)}
        </div>
      </div>
      ${isFirst ? rangeProblem(this.problem, this.range) : nothing}
      ${roleTimeline(this.store.known, cluster.id, fromMs, toMs, (gateway) => colours.get(gateway) ?? 0)}
      <h2>Refused, by reason</h2>
      ${renderRefusals(cluster)}
    </section>`;
  }

  private renderMatrix(cluster: Cluster, colours: Map<string, number>): TemplateResult {
    return html`<table class="matrix" role="table" aria-label="Groups and gateways">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" class="corner">Group</th>
          ${cluster.gateways.map((g) => html`<th role="columnheader" scope="col" data-gateway=${g.gateway} class="series-${colours.get(g.gateway)}">${this.renderGateway(g)}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${cluster.groups.map(
          (group) => html`<tr role="row" data-group=${group.group}>
            <th role="rowheader" scope="row"><b>${group.group}</b><span class="label">${leaderWords(group)}</span></th>
            ${cluster.gateways.map((g) => html`<td role="cell" data-gateway=${g.gateway} class=${isSilent(g) ? 'is-silent' : ''}><span class="cell-gateway">${g.gateway}</span>${this.renderCell(g, group)}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private renderGateway(gateway: Gateway): TemplateResult {
    const [word, shape] = STATES[gateway.state] ?? [gateway.state, STATES['silent']![1]];
    const heard = gateway.heardAt;
    const lines: unknown[] = isSilent(gateway)
      ? [heard === null ? gateway.detail : html`last heard of <time datetime=${heard} title=${absolute(heard)}>${relative(parseTime(heard), this.now())}</time>`]
      : [gateway.state === 'ready' ? null : gateway.detail, plural(gateway.connections?.mqtt ?? 0, 'MQTT connection'), `${plural(gateway.connections?.coapRequests ?? 0, 'CoAP request')} in flight`];
    if (gateway.shutOutSince !== null) lines.unshift(html`<b class="concern">shut out</b>`);
    if (!isSilent(gateway) && gateway.accessListCurrent === false) lines.push(html`<b class="concern" title="devices that were shut out a moment ago may still be let in there">has not got the newest access list</b>`);
    const facts = [gateway.mqtt && `mqtt ${gateway.mqtt}`, gateway.coap && `coap ${gateway.coap}`, gateway.version && `version ${gateway.version}`];
    return html`<span class="gateway-name">${gateway.gateway}</span> <span class="mark state-${gateway.state}">${drawing(shape)}${word}</span>
      ${[lines, facts].map((part) => html`<span class="label lines">${part.filter(Boolean).map((line) => html`<span>${line}</span>`)}</span>`)}`;
  }

  private renderCell(gateway: Gateway, group: Group): TemplateResult {
    const replica = replicaOf(gateway, group.group);
    const home = group.home === gateway.gateway ? html`<span class="mark home" title="leads this group by preference">${drawing(HOME)}home</span>` : nothing;
    if (!replica) return html`<span class="quiet">no replica</span> ${home}`;
    const [word, shape] = ROLES[replica.role] ?? [replica.role, ROLES['candidate']![1]];
    if (isSilent(gateway)) return html`<span class="quiet">not known; at last it ${word === 'closed: start it again' ? 'was closed' : word === 'leads' ? 'led' : word === 'follows' ? 'followed' : 'stood for election'}</span> ${home}`;
    return html`<span class="mark role-${replica.role}">${drawing(shape)}${word}</span> ${home}
      <span class="cell-facts">${replica.role === 'leader' ? this.renderBacklog(replica) : renderLag(replica)}</span>`;
  }

  private renderBacklog(replica: Replica): TemplateResult {
    const now = this.now();
    const size = html`<span class="quiet wide" title=${`log on disk: ${count(replica.logBytes)} bytes; committed up to ${count(replica.committedIndex)}, forwarded up to ${count(replica.forwardedIndex)}, term ${replica.term}`}> · log ${sized(replica.logBytes)}</span>`;
    if (!waits(replica.waitingReadings, replica.waitingSince, now)) return html`nothing waits${size}`;
    return html`<b class="concern">${counted(replica.waitingReadings)} wait</b>, ${ageWords([replica.waitingSince], now)}, in ${plural(replica.waitingEntries, 'entry', 'entries')}${size}`;
  }

  private choose(range: string): void {
    this.range = range;
    this.problem = null;
    pushQuery({ range: range === DEFAULT_RANGE ? null : range });
    this.store.now();
    this.requestUpdate();
  }
}

function drawing(shape: TemplateResult): TemplateResult {
  return html`<svg viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>`;
}

function leaderWords(group: Group): TemplateResult | string {
  const leaves = group.home === null ? ', ends once it is forwarded' : '';
  return group.leader === null ? html`<span class="concern">no leader</span>${leaves}` : `${group.leader} leads, term ${count(group.term)}${leaves}`;
}

function renderLag(replica: Replica): TemplateResult {
  return replica.lag > 0
    ? html`<b class=${replica.lag > 1000 ? 'concern' : ''}>${plural(replica.lag, 'entry', 'entries')} behind</b>`
    : html`<span class="quiet" title=${`committed up to ${count(replica.committedIndex)}, term ${replica.term}`}>up to date</span>`;
}

function sized(bytes: number): TemplateResult {
  const units: [number, string][] = [[1 << 30, 'GiB'], [1 << 20, 'MiB'], [1 << 10, 'KiB'], [1, 'B']];
  const [size, unit] = units.find(([least]) => bytes >= least) ?? units[3]!;
  return html`${Number((bytes / size).toPrecision(3))}<span class="unit"> ${unit}</span>`;
}

function renderRefusals(cluster: Cluster): TemplateResult {
  const gateways = cluster.gateways.filter((g) => g.readings !== null);
  const of = (g: Gateway, reason: string): number => g.readings?.refused[reason] ?? 0;
  const reasons = [...new Set(gateways.flatMap((g) => Object.keys(g.readings!.refused)))].sort();
  if (reasons.length === 0) return html`<p class="quiet">No gateway has refused anything since it started.</p>`;
  return html`<div class="matrix-scroller" tabindex="0" role="group" aria-label="Refused, by reason">
      <table class="refusals" role="table" aria-label="Refused readings by reason">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Reason</th>
            ${gateways.map((g) => html`<th role="columnheader" scope="col" class="number">${g.gateway}</th>`)}
            <th role="columnheader" scope="col">What it means</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${reasons.map(
            (reason) => html`<tr role="row" data-reason=${reason}>
              <th role="rowheader" scope="row">${reason.replaceAll('_', ' ')}</th>
              ${gateways.map((g) => html`<td role="cell" class="number" data-gateway=${g.gateway}><span class="cell-gateway">${g.gateway}</span>${of(g, reason) === 0 ? html`<span class="quiet">0</span>` : counted(of(g, reason))}</td>`)}
              <td role="cell" class="meaning">${reasonMeaning(reason)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="label">Readings, since each gateway started; a payload that nobody could read counts as one.${cluster.gateways.some((g) => isSilent(g) && g.readings) ? ' Of a silent gateway: as it last said.' : ''}</p>`;
}

function renderEmpty(): TemplateResult {
  return html`<p class="empty">
    <strong>Nothing is known of any gateway.</strong>
    A gateway appears here by itself within seconds of joining its cluster: start one whose <code>tidemark.ingest.urls</code> names this ingest, or the whole
    platform with <code>./tidemark demo</code>. Gateways of earlier versions forward, but do not report.
  </p>`;
}

customElements.define('tm-gateways', GatewaysPage);
