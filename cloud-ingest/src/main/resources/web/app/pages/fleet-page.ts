// The fleet: the sentence first, then every device in a table that draws only the rows one sees.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Device } from '../lib/api';
import { feed } from '../lib/feed';
import { FleetStore } from '../lib/fleet-store';
import { absolute, clock, count, parseTime, plural, relative, zone } from '../lib/format';
import { NO_SUMS, statusOf, total } from '../lib/ledger';
import { metricLabel } from '../lib/metrics';
import { deviceHref, query, setQuery } from '../lib/router';
import { Sparks } from '../lib/sparks';
import { duplicatesAlarm, ledgerBar, ledgerSums, sentence } from '../components/ledger';
import { notice } from '../components/notice';
import { measured, rated } from '../components/number';
import { sparkline } from '../components/sparkline';
import { statusMark } from '../components/status';
import { COLUMNS, compareDevices, filterDevices, FILTERS, type Filter, type SortKey } from './fleet-rows';

const ROW_HEIGHT_PX = 36;
const PHONE_ROW_HEIGHT_PX = 60;
const OVERSCAN_ROWS = 8;
const CLOCK_MS = 1000;
/** The sparklines' window is the shortest of these that holds all there is. */
const SPARK_WINDOWS_MS = [5, 15, 30, 60].map((minutes) => minutes * 60_000);

export class FleetPage extends LitElement {
  private readonly store = new FleetStore();
  private readonly sparks = new Sparks(() => this.requestUpdate());
  private readonly phone = matchMedia('(max-width: 640px)');
  private timer = 0;
  private firstRow = 0;
  private rowsInView = 40;
  private search = '';
  private filter: Filter = 'all';
  private sort: SortKey = 'device';
  private descending = false;
  private resize?: ResizeObserver;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Fleet · Tidemark';
    this.readQuery();
    this.store.addEventListener('change', this.refresh);
    this.phone.addEventListener('change', this.refresh);
    window.addEventListener('search-changed', this.onSearch);
    this.timer = window.setInterval(this.refresh, CLOCK_MS);
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.store.stop();
    this.store.removeEventListener('change', this.refresh);
    this.phone.removeEventListener('change', this.refresh);
    window.removeEventListener('search-changed', this.onSearch);
    clearInterval(this.timer);
    this.resize?.disconnect();
  }

  protected override firstUpdated(): void {
    const scroller = this.scroller();
    this.resize = new ResizeObserver(() => this.onScroll());
    this.resize.observe(scroller);
  }

  private readonly refresh = (): void => this.requestUpdate();

  private readonly onSearch = (): void => {
    this.search = query().get('q') ?? '';
    this.scroller().scrollTop = 0;
    this.requestUpdate();
  };

  private readonly onScroll = (): void => {
    const scroller = this.scroller();
    const first = Math.max(0, Math.floor(scroller.scrollTop / this.rowHeight()) - OVERSCAN_ROWS);
    const rows = Math.ceil(scroller.clientHeight / this.rowHeight()) + 2 * OVERSCAN_ROWS;
    if (first === this.firstRow && rows === this.rowsInView) return;
    this.firstRow = first;
    this.rowsInView = rows;
    this.requestUpdate();
  };

  protected override render(): TemplateResult {
    const devices = [...this.store.devices.values()];
    const sums = total(devices.map((d) => d.ledger ?? NO_SUMS));
    const shown = filterDevices(devices, this.search, this.filter);
    shown.sort((a, b) => compareDevices(a, b, this.sort) * (this.descending ? -1 : 1) || compareDevices(a, b, 'device'));
    return html`
      <section class="fleet-head" aria-label="Summary">
        ${this.renderSentence(devices)} ${notice(this.usual(devices), this.store.retryAt)}
      </section>
      <div class="filters" role="group" aria-label="Filter by status">
        ${FILTERS.map((filter) => this.renderChip(filter.id, filter.word, devices))} ${this.renderSortSelect()}
      </div>
      <div class="table-scroller" tabindex="-1" @scroll=${this.onScroll}>
        ${this.renderTable(shown)} ${shown.length === 0 ? this.renderEmpty(devices.length) : nothing}
      </div>
      <footer class="fleet-foot" aria-label="Totals">
        <span>${shown.length === devices.length ? plural(devices.length, 'device') : `${count(shown.length)} of ${plural(devices.length, 'device')}`}</span>
        <span class="foot-sums">${ledgerSums(shown.length === devices.length ? sums : total(shown.map((d) => d.ledger ?? NO_SUMS)), true)}</span>
      </footer>
    `;
  }

  private renderSentence(devices: Device[]): TemplateResult {
    const sums = total(devices.map((d) => d.ledger ?? NO_SUMS));
    if (!this.store.loaded && devices.length === 0) return html`<h1 class="sentence quiet">Asking for the devices…</h1>`;
    const losers = devices.filter((d) => (d.ledger?.missing ?? 0) > 0).length;
    const show = this.filter === 'missing' ? null : () => this.choose('missing');
    return html`<h1 class="sentence">${sentence(sums, plural(losers, 'device'), show)} ${duplicatesAlarm(sums)}</h1>`;
  }

  private usual(devices: Device[]): TemplateResult | string {
    if (this.store.asOf === 0) return '';
    const counts = new Map<string, number>();
    for (const device of devices) {
      const { word } = statusOf(device.status);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const words = [...counts].sort((a, b) => b[1] - a[1]).map(([word, n]) => `${count(n)} ${word}`);
    const perSecond = devices.reduce((sum, d) => sum + (d.rate ?? 0), 0);
    return html`${words.join(', ')} · ${rated(perSecond)} ·
    ${this.store.loaded ? '' : 'last known '}as of ${clock(this.store.asOf)} ${zone()}`;
  }

  private renderChip(id: Filter, word: string, devices: Device[]): TemplateResult {
    const n = filterDevices(devices, '', id).length;
    return html`<button class="chip" data-filter=${id} aria-pressed=${this.filter === id} @click=${() => this.choose(id)}>
      ${word} <span class="count">${count(n)}</span>
    </button>`;
  }

  private renderSortSelect(): TemplateResult {
    return html`<label class="sort-select"
      ><span class="hidden-text">Sort by</span>
      <select
        @change=${(event: Event) => this.sortBy((event.target as HTMLSelectElement).value as SortKey)}
        .value=${this.sort}
      >
        ${COLUMNS.filter((c) => c.sort).map((c) => html`<option value=${c.sort!} ?selected=${c.sort === this.sort}>by ${c.word.toLowerCase()}</option>`)}
      </select></label
    >`;
  }

  private renderTable(shown: Device[]): TemplateResult {
    const first = Math.min(this.firstRow, Math.max(0, shown.length - 1));
    const last = Math.min(shown.length, first + this.rowsInView);
    const height = this.rowHeight();
    const windowMs = this.sparkWindow();
    return html`<table class="fleet" role="table" aria-rowcount=${shown.length + 1} aria-label="Devices">
      <thead role="rowgroup">
        <tr role="row" aria-rowindex="1">
          ${COLUMNS.map((column) => this.renderHeading(column.id, column.word, column.sort, windowMs))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        <tr class="spacer" aria-hidden="true" .style=${`height: ${first * height}px`}></tr>
        ${shown.slice(first, last).map((device, i) => this.renderRow(device, first + i + 2, windowMs))}
        <tr class="spacer" aria-hidden="true" .style=${`height: ${(shown.length - last) * height}px`}></tr>
      </tbody>
    </table>`;
  }

  private renderHeading(id: string, word: string, sort: SortKey | undefined, windowMs: number): TemplateResult {
    const text = id === 'spark' ? `Last ${windowMs / 60_000} min` : word;
    if (!sort) return html`<th role="columnheader" scope="col" class="col-${id}">${text}</th>`;
    const isSorted = this.sort === sort;
    const direction = this.descending ? 'descending' : 'ascending';
    return html`<th role="columnheader" scope="col" class="col-${id}" aria-sort=${isSorted ? direction : nothing}>
      <button @click=${() => this.sortBy(sort)}>
        ${text}<span class="arrow" aria-hidden="true">${isSorted ? (this.descending ? '↓' : '↑') : ''}</span>
      </button>
    </th>`;
  }

  private renderRow(device: Device, index: number, windowMs: number): TemplateResult {
    const ledger = device.ledger ?? NO_SUMS;
    const newest = this.store.newest.get(device.device);
    const seen = device.lastSeen;
    return html`<tr role="row" aria-rowindex=${index} data-device=${device.device}>
      <td role="cell" class="col-device"><a href=${deviceHref(device.device)}>${device.device}</a></td>
      <td role="cell" class="col-status">${statusMark(device.status)}</td>
      <td role="cell" class="col-spark">${this.renderSpark(device.device, windowMs, newest?.values)}</td>
      <td role="cell" class="col-rate">${rated(device.rate)}</td>
      <td role="cell" class="col-seen">
        ${seen ? html`<time datetime=${seen} title=${absolute(seen)}>${relative(parseTime(seen))}</time>` : '–'}
      </td>
      <td role="cell" class="col-ledger"><div class="ledger-cell">${ledgerBar(ledger)}${ledgerSums(ledger)}</div></td>
      <td role="cell" class="col-sensors" title=${device.sensors.join(', ')}>${count(device.sensors.length)}</td>
    </tr>`;
  }

  private renderSpark(device: string, windowMs: number, live: Record<string, unknown> | undefined): TemplateResult {
    const spark = this.sparks.get(device, windowMs, feed.state !== 'lost' && !(feed.paused && this.store.loaded));
    if (!spark) return html`<span class="spark-cell"><svg class="spark" viewBox="0 0 120 24" aria-hidden="true"></svg></span>`;
    const fresh = live?.[spark.metric];
    const shown = typeof fresh === 'number' ? fresh : spark.points[spark.points.length - 1]!.mean;
    return html`<span class="spark-cell"
      >${sparkline(spark.points, spark.fromMs, spark.toMs, spark.series, metricLabel(spark.metric))}<span class="spark-value"
        >${measured(shown, spark.unit)}</span
      ></span
    >`;
  }

  private renderEmpty(known: number): TemplateResult {
    if (!this.store.loaded && known === 0) return html`<p class="empty">&nbsp;</p>`;
    if (known === 0) {
      return html`<p class="empty">
        <strong>No device has sent anything yet.</strong>
        A device appears here by itself with its first reading: point an agent's <code>gateways</code> at a running gateway, or start
        simulated devices with <code>./tidemark demo</code>.
      </p>`;
    }
    const words = FILTERS.find((f) => f.id === this.filter)!.word;
    return html`<p class="empty">
      <strong>No device matches ${this.search ? html`“${this.search}”` : ''}${this.search && this.filter !== 'all' ? ' among ' : ''}${this.filter === 'all' ? '' : words}.</strong>
      <button class="button" @click=${() => this.clearFilters()}>Show all ${plural(known, 'device')}</button>
    </p>`;
  }

  private choose(filter: Filter): void {
    this.filter = this.filter === filter ? 'all' : filter;
    setQuery({ show: this.filter === 'all' ? null : this.filter });
    this.scroller().scrollTop = 0;
    this.requestUpdate();
  }

  private clearFilters(): void {
    this.filter = 'all';
    this.search = '';
    setQuery({ show: null, q: null });
    window.dispatchEvent(new Event('search-changed'));
  }

  private sortBy(key: SortKey): void {
    this.descending = this.sort === key ? !this.descending : key !== 'device' && key !== 'status';
    this.sort = key;
    setQuery({ sort: key === 'device' && !this.descending ? null : (this.descending ? '-' : '') + key });
    this.requestUpdate();
  }

  private readQuery(): void {
    const params = query();
    this.search = params.get('q') ?? '';
    this.filter = FILTERS.find((f) => f.id === params.get('show'))?.id ?? 'all';
    const sort = params.get('sort') ?? 'device';
    this.descending = sort.startsWith('-');
    this.sort = COLUMNS.find((c) => c.sort === sort.replace('-', ''))?.sort ?? 'device';
  }

  private sparkWindow(): number {
    let oldest = Date.now();
    for (const device of this.store.devices.values()) {
      if (device.firstSeen) oldest = Math.min(oldest, parseTime(device.firstSeen));
    }
    const age = Date.now() - oldest;
    return SPARK_WINDOWS_MS.find((ms) => ms >= age) ?? SPARK_WINDOWS_MS[SPARK_WINDOWS_MS.length - 1]!;
  }

  private rowHeight(): number {
    return this.phone.matches ? PHONE_ROW_HEIGHT_PX : ROW_HEIGHT_PX;
  }

  private scroller(): HTMLElement {
    return this.querySelector<HTMLElement>('.table-scroller')!;
  }
}

customElements.define('tm-fleet', FleetPage);
