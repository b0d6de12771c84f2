// The fleet: the sentence first, then every device in a table that draws only the rows one sees.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Device } from '../lib/api';
import { compareDevicesHref, SERIES_MAX } from '../lib/compare';
import { feed } from '../lib/feed';
import { FleetStore } from '../lib/fleet-store';
import { absolute, clock, count, parseTime, plural, relative, zone } from '../lib/format';
import { NO_SUMS, total } from '../lib/ledger';
import { memo } from '../lib/memo';
import { metricLabel } from '../lib/metrics';
import { deviceHref, query } from '../lib/router';
import { Sparks } from '../lib/sparks';
import { duplicatesAlarm, ledgerBar, ledgerSums, sentence } from '../components/ledger';
import { notice } from '../components/notice';
import { measured, rated } from '../components/number';
import { sparkline } from '../components/sparkline';
import { shutOutMark, statusMark } from '../components/status';
import { COLUMNS, factsOf, FILTERS, labelsOf, rowsOf, sortedDevices, type Filter, type Group, type Row, type SortKey, type Wish } from './fleet-rows';
import { readWish, writeWish } from './fleet-wish';

const ROW_HEIGHT_PX = 36;
const PHONE_ROW_HEIGHT_PX = 60;
const OVERSCAN_ROWS = 8;
const CLOCK_MS = 1000;
/** The sparklines' window is the shortest of these that holds all there is. */
const SPARK_WINDOWS_MS = [5, 15, 30, 60].map((minutes) => minutes * 60_000);

export class FleetPage extends LitElement {
  private readonly store = new FleetStore();
  private readonly sparks = new Sparks(() => this.requestUpdate());
  /** Devices that are ticked, to be compared. */
  private readonly ticked = new Set<string>();
  private readonly phone = matchMedia('(max-width: 640px)');
  private timer = 0;
  private firstRow = 0;
  private rowsInView = 40;
  private wish = readWish();
  private resize?: ResizeObserver;
  /** What was computed of ten thousand devices is kept until they, or what is wanted of them, change. */
  private readonly facts = memo(() => [this.store.version], () => factsOf([...this.store.devices.values()]));
  private readonly sorted = memo(
    () => [this.store.version, this.wish.sort, this.wish.descending],
    () => sortedDevices(this.store.devices.values(), this.wish.sort, this.wish.descending),
  );
  private readonly shown = memo(
    () => [this.sorted(), this.wish],
    () => {
      const rows = rowsOf(this.sorted(), this.wish);
      return { ...rows, sums: total(rows.matching.map((d) => d.ledger ?? NO_SUMS)) };
    },
  );

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Fleet · Tidemark';
    this.wish = readWish();
    this.store.addEventListener('change', this.refresh);
    this.phone.addEventListener('change', this.refresh);
    window.addEventListener('search-changed', this.onSearch);
    for (const type of ['route-changed', 'popstate']) window.addEventListener(type, this.onRoute);
    this.timer = window.setInterval(this.refresh, CLOCK_MS);
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.store.stop();
    this.store.removeEventListener('change', this.refresh);
    this.phone.removeEventListener('change', this.refresh);
    window.removeEventListener('search-changed', this.onSearch);
    for (const type of ['route-changed', 'popstate']) window.removeEventListener(type, this.onRoute);
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
    this.wish = { ...this.wish, search: query().get('q') ?? '' };
    this.scroller().scrollTop = 0;
    this.requestUpdate();
  };

  private readonly onRoute = (): void => {
    this.wish = readWish();
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
    const { matching, rows, repeated, sums } = this.shown();
    const known = this.store.devices.size;
    return html`
      <section class="fleet-head" aria-label="Summary">
        ${this.renderSentence()} ${notice(this.usual(), this.store.retryAt)}
      </section>
      ${this.renderFilters()}
      <div class="table-scroller" tabindex="-1" @scroll=${this.onScroll}>
        ${this.renderTable(rows)} ${matching.length === 0 ? this.renderEmpty(known) : nothing}
      </div>
      <footer class="fleet-foot" aria-label="Totals">
        ${this.ticked.size > 0 ? this.renderTicked() : html`<span>${matching.length === known ? plural(known, 'device') : `${count(matching.length)} of ${plural(known, 'device')}`}</span>`}
        ${repeated > 0 ? html`<span class="foot-repeated">${plural(repeated, 'device')} with several labels: counted in each group, once here</span>` : nothing}
        <span class="foot-sums">${ledgerSums(sums, true, null)}</span>
      </footer>
    `;
  }

  private renderSentence(): TemplateResult {
    if (!this.store.loaded && this.store.devices.size === 0) return html`<h1 class="sentence quiet">Asking for the devices…</h1>`;
    const { sums, counts } = this.facts();
    const show = this.wish.filter === 'missing' ? null : () => this.choose('missing');
    return html`<h1 class="sentence">${sentence(sums, null, plural(counts.get('missing')!, 'device'), show)} ${duplicatesAlarm(sums)}</h1>`;
  }

  private usual(): TemplateResult | string {
    if (this.store.asOf === 0) return '';
    const { statuses, perSecond } = this.facts();
    const words = [...statuses].sort((a, b) => b[1] - a[1]).map(([word, n]) => `${count(n)} ${word}`);
    return html`${words.length > 0 ? `${words.join(', ')} · ` : ''}${rated(perSecond)} ·
    ${this.store.loaded ? '' : 'last known '}as of ${clock(this.store.asOf)} ${zone()}`;
  }

  private renderFilters(): TemplateResult {
    const { counts, sites, labels } = this.facts();
    return html`<div class="filters" role="group" aria-label="Filter and group">
      <span class="chips">${FILTERS.map(({ id, word }) => html`<button class="chip" data-filter=${id} aria-pressed=${this.wish.filter === id} @click=${() => this.choose(id)}>
        ${word} <span class="count">${count(counts.get(id)!)}</span>
      </button>`)}</span>
      <span class="selects">
        ${this.renderSortSelect()}
        ${sites.length > 0 || this.wish.site !== null ? this.renderSelect('site', 'Site', 'every site', sites, this.wish.site) : nothing}
        ${labels.length > 0 || this.wish.label !== null ? this.renderSelect('label', 'Label', 'every label', labels, this.wish.label) : nothing}
        ${sites.length + labels.length > 0 || this.wish.group !== null ? this.renderSelect('group', 'Group', 'not grouped', ['site', 'label'], this.wish.group, 'by ') : nothing}
      </span>
    </div>`;
  }

  /** A choice that is one of a few words, or none of them. */
  private renderSelect(key: 'site' | 'label' | 'group', word: string, none: string, words: string[], chosen: string | null, before = ''): TemplateResult {
    const all = chosen === null || words.includes(chosen) ? words : [chosen, ...words];
    const change = (event: Event): void => this.want({ [key]: (event.target as HTMLSelectElement).value || null });
    return html`<select class="select" aria-label=${word} data-set=${chosen === null ? nothing : ''} @change=${change}>
      <option value="" ?selected=${chosen === null}>${none}</option>
      ${all.map((one) => html`<option value=${one} ?selected=${one === chosen}>${before}${one}</option>`)}
    </select>`;
  }

  private renderSortSelect(): TemplateResult {
    const change = (event: Event): void => this.sortBy((event.target as HTMLSelectElement).value as SortKey);
    const { sort, descending } = this.wish;
    const order = descending ? 'descending' : 'ascending';
    return html`<select class="select sort-select" aria-label="Sort by" @change=${change} .value=${sort}>
        ${COLUMNS.filter((c) => c.sort).map((c) => html`<option value=${c.sort!} ?selected=${c.sort === sort}>by ${c.word.toLowerCase()}</option>`)}
      </select>
      <button class="icon-button sort-order" aria-label="Order: ${order}" title="${order}: press to reverse" @click=${() => this.want({ descending: !descending })}>${descending ? '↓' : '↑'}</button>`;
  }

  private renderTable(rows: Row[]): TemplateResult {
    const first = Math.min(this.firstRow, Math.max(0, rows.length - 1));
    const last = Math.min(rows.length, first + this.rowsInView);
    const height = this.rowHeight();
    const windowMs = this.sparkWindow();
    return html`<table class="fleet" role="table" aria-rowcount=${rows.length + 1} aria-label="Devices">
      <thead role="rowgroup">
        <tr role="row" aria-rowindex="1">
          ${COLUMNS.map((column) => this.renderHeading(column.id, column.word, column.sort, windowMs))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        <tr class="spacer" aria-hidden="true" .style=${`height: ${first * height}px`}></tr>
        ${rows
          .slice(first, last)
          .map((row, i) => (row.group ? this.renderGroup(row.group, first + i + 2) : this.renderRow(row.device, first + i + 2, windowMs)))}
        <tr class="spacer" aria-hidden="true" .style=${`height: ${(rows.length - last) * height}px`}></tr>
      </tbody>
    </table>`;
  }

  private renderGroup(group: Group, index: number): TemplateResult {
    const isOpen = !this.wish.closed.has(group.word);
    const none = this.wish.group === 'site' ? 'no site' : 'no label';
    return html`<tr role="row" class="group" aria-rowindex=${index} data-group=${group.word}>
      <td role="cell" colspan="6" class="col-group">
        <button aria-expanded=${isOpen} @click=${() => this.toggleGroup(group.word)}><span class="fold" aria-hidden="true">▾</span> ${group.word || none}</button>
        <span class="quiet">${plural(group.devices, 'device')}, ${count(group.online)} online</span>
      </td>
      <td role="cell" class="col-ledger"><div class="ledger-cell">${ledgerBar(group.sums)}${ledgerSums(group.sums)}</div></td>
      <td role="cell" class="col-sensors"></td>
    </tr>`;
  }

  private renderTicked(): TemplateResult {
    const isTooMany = this.ticked.size > SERIES_MAX;
    return html`<span class="ticked"
      >${plural(this.ticked.size, 'device')} ticked
      ${isTooMany
        ? html`<span class="mark-error">a chart takes ${SERIES_MAX}</span>`
        : html`<a class="button primary" href=${compareDevicesHref(this.ticked)} title="What each measures first, on one chart">Compare</a>`}
      <button class="button" @click=${() => this.untick()}>Clear</button></span
    >`;
  }

  private untick(): void {
    this.ticked.clear();
    this.requestUpdate();
  }

  private renderTick(device: string): TemplateResult {
    const toggle = (): void => {
      if (!this.ticked.delete(device)) this.ticked.add(device);
      this.requestUpdate();
    };
    return html`<input type="checkbox" class="tick" aria-label="Compare ${device}" title="Tick to compare" .checked=${this.ticked.has(device)} @change=${toggle} />`;
  }

  private renderHeading(id: string, word: string, sort: SortKey | undefined, windowMs: number): TemplateResult {
    const text = id === 'spark' ? `Last ${windowMs / 60_000} min` : word;
    if (!sort) return html`<th role="columnheader" scope="col" class="col-${id}">${text}</th>`;
    const isSorted = this.wish.sort === sort;
    const direction = this.wish.descending ? 'descending' : 'ascending';
    return html`<th role="columnheader" scope="col" class="col-${id}" aria-sort=${isSorted ? direction : nothing}>
      <button @click=${() => this.sortBy(sort)}>
        ${text}<span class="arrow" aria-hidden="true">${isSorted ? (this.wish.descending ? '↓' : '↑') : ''}</span>
      </button>
    </th>`;
  }

  private renderRow(device: Device, index: number, windowMs: number): TemplateResult {
    const ledger = device.ledger ?? NO_SUMS;
    const newest = this.store.newest.get(device.device);
    const seen = device.lastSeen;
    return html`<tr role="row" aria-rowindex=${index} data-device=${device.device}>
      <td role="cell" class="col-device" title=${device.location ? `${device.device}, ${device.location}` : device.device}>
        ${this.renderTick(device.device)}<a href=${deviceHref(device.device)}>${device.name || device.device}</a>${device.name ? html` <span class="quiet">${device.device}</span>` : nothing}
      </td>
      <td role="cell" class="col-site">${this.renderSite(device)}</td>
      <td role="cell" class="col-status">${device.shutOutSince ? shutOutMark(device.shutOutSince) : statusMark(device.status)}</td>
      <td role="cell" class="col-spark">${this.renderSpark(device.device, windowMs, newest?.values)}</td>
      <td role="cell" class="col-rate">${rated(device.rate)}</td>
      <td role="cell" class="col-seen">
        ${seen ? html`<time datetime=${seen} title=${absolute(seen)}>${relative(parseTime(seen))}</time>` : '–'}
      </td>
      <td role="cell" class="col-ledger"><div class="ledger-cell">${ledgerBar(ledger, device.storedLate)}${ledgerSums(ledger, false, device.device, device.storedLate)}</div></td>
      <td role="cell" class="col-sensors" title=${device.sensors.join(', ')}>${count(device.sensors.length)}</td>
    </tr>`;
  }

  private renderSite(device: Device): TemplateResult {
    const link = (key: 'site' | 'label', word: string): TemplateResult =>
      html`<button class="word-link ${key}" title="only ${key === 'site' ? 'this site' : 'devices with this label'}" @click=${() => this.want({ [key]: word })}>${word}</button>`;
    return html`${device.site ? link('site', device.site) : nothing}${labelsOf(device).map((label) => link('label', label))}`;
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
    const { search, filter, site, label } = this.wish;
    const among = [filter === 'all' ? '' : FILTERS.find((f) => f.id === filter)!.word, site === null ? '' : `site ${site}`, label === null ? '' : `label ${label}`].filter(Boolean);
    return html`<p class="empty">
      <strong>No device matches ${search ? html`“${search}”` : ''}${search && among.length > 0 ? ' among ' : ''}${among.join(', ')}.</strong>
      <button class="button" @click=${() => this.clearFilters()}>Show all ${plural(known, 'device')}</button>
    </p>`;
  }

  private want(change: Partial<Wish>): void {
    this.wish = { ...this.wish, ...change };
    writeWish(this.wish);
    this.scroller().scrollTop = 0;
    this.requestUpdate();
  }

  private choose(filter: Filter): void {
    this.want({ filter: this.wish.filter === filter ? 'all' : filter });
  }

  private clearFilters(): void {
    this.want({ filter: 'all', search: '', site: null, label: null });
    window.dispatchEvent(new Event('search-changed'));
  }

  private toggleGroup(word: string): void {
    const closed = new Set(this.wish.closed);
    if (!closed.delete(word)) closed.add(word);
    this.wish = { ...this.wish, closed };
    writeWish(this.wish);
    this.requestUpdate();
  }

  private sortBy(sort: SortKey): void {
    const descending = this.wish.sort === sort ? !this.wish.descending : !['device', 'site', 'status'].includes(sort);
    this.want({ sort, descending });
  }

  private sparkWindow(): number {
    const age = Date.now() - this.facts().oldestMs;
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
