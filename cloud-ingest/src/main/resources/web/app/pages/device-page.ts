// One device: what it measures over time, stacked, and beside it what is known of it.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import '../components/range-picker';
import '../components/time-chart';
import { RangeControl, rangeQuery } from '../components/range-control';
import { chartHint } from '../components/chart-hint';
import { duplicatesAlarm, sentence } from '../components/ledger';
import { choosable, ledgerStrip, markInWords, stripNote } from '../components/ledger-strip';
import { notice } from '../components/notice';
import { rated } from '../components/number';
import { shutOutMark, statusMark } from '../components/status';
import { axisWidth } from '../lib/chart-axes';
import { compareHref } from '../lib/compare';
import { DeviceStore } from '../lib/device-store';
import { feed } from '../lib/feed';
import { absolute, clock, clockDate, ended, parseTime, plural, relative, zone } from '../lib/format';
import { markKey, summingMark, type Mark } from '../lib/gaps';
import { memo } from '../lib/memo';
import { quarantineHref } from '../lib/quarantine';
import { amounts } from '../lib/quarantine-words';
import { query, route, setQuery } from '../lib/router';
import { pointsFor, storedStretches, type Panel } from '../lib/series-model';
import { renderFacts } from './device-facts';

const CLOCK_MS = 1000;
/** What was drawn less long ago is as good as what the clock would have drawn. */
const CLOCK_REST_MS = 900;
const PANEL_PLACEHOLDERS = 3;
/** Shown on each side of a gap when it is zoomed to, in milliseconds, at least. */
const GAP_ROOM_MIN_MS = 5000;
/** What the page needs around the plots, and each plot's heading, in pixels. */
const AROUND_PLOTS_PX = 320;
const PLOT_HEAD_PX = 32;
const PLOT_MIN_PX = 132;
const PLOT_MAX_PX = 260;

export class DevicePage extends LitElement {
  static override properties = { device: { attribute: false } };
  declare device: string;

  private store!: DeviceStore;
  private readonly time = new RangeControl(
    this,
    () => feed.paused && this.store.readingsLoaded,
    () => this.store.rangeChanged(),
  );
  private readonly valuesWidth = memo(
    () => [this.store.panels, this.store.revision],
    () => axisWidth(this.store.panels),
  );
  private timer = 0;
  private drawnAt = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(this.onClock, CLOCK_MS);
    for (const type of ['route-changed', 'popstate']) window.addEventListener(type, this.onRoute);
    window.addEventListener('resize', this.tick);
    feed.addEventListener('change', this.tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    for (const type of ['route-changed', 'popstate']) window.removeEventListener(type, this.onRoute);
    window.removeEventListener('resize', this.tick);
    feed.removeEventListener('change', this.tick);
    this.store.stop();
    this.store.removeEventListener('change', this.tick);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('device')) return;
    if (this.store) {
      this.store.stop();
      this.store.removeEventListener('change', this.tick);
    }
    document.title = `${this.device} · Tidemark`;
    this.time.read();
    this.store = new DeviceStore(
      this.device,
      () => ({ ...this.time.now(), moving: this.time.range.preset !== null }),
      () => this.pointsWanted(),
    );
    this.store.addEventListener('change', this.tick);
    this.store.start();
  }

  private readonly tick = (): void => this.requestUpdate();

  private readonly onRoute = (): void => {
    const where = route();
    if (where.page !== 'device' || where.device !== this.device) return; // another page is about to come, or another device
    if (this.time.read()) this.store.rangeChanged();
    this.requestUpdate();
  };

  /** A reading a second draws the charts as often as the clock does: once for both. */
  private readonly onClock = (): void => {
    if (performance.now() - this.drawnAt > CLOCK_REST_MS) this.requestUpdate();
  };

  protected override updated(): void {
    this.drawnAt = performance.now();
  }

  protected override render(): TemplateResult {
    const { fromMs, toMs } = this.time.now();
    return html`
      <div class="device">
        <header class="device-head">
          <h1>
            <a href="/">Fleet</a><span class="quiet" aria-hidden="true"> / </span><span class="device-name">${this.store.info?.name || this.device}</span>
            ${this.store.info?.name ? html`<span class="quiet device-id">${this.device}</span>` : nothing}
            ${this.store.info ? (this.store.info.shutOutSince ? shutOutMark(this.store.info.shutOutSince) : statusMark(this.store.info.status)) : nothing}
          </h1>
          <p class="sentence">${this.renderSentence()}</p>
          ${notice(this.usual(), this.store.retryAt)}
        </header>
        <div class="range-row" @range-preset=${this.time.onPreset} @range-step=${this.time.onStep} @range-zoom=${this.time.onZoom} @range-back=${this.time.onBack}>
          <tm-range .range=${{ ...this.time.range }} .problem=${this.time.problem} .canGoBack=${this.time.canGoBack}></tm-range>
          ${this.store.unknown ? nothing : this.renderTakeAway()}
        </div>
        <div class="device-body">
          <div class="charts" .style=${`--values-width: ${this.valuesWidth()}px`} @range-zoom=${this.time.onZoom} @range-back=${this.time.onBack}>${this.renderCharts(fromMs / 1000, toMs / 1000)}</div>
          <aside class="facts-column" aria-label="Facts" @record-changed=${() => this.store.factsChanged()}>${renderFacts(this.store, this.showRange)}</aside>
        </div>
      </div>
    `;
  }

  private renderSentence(): TemplateResult | string {
    if (this.store.unknown) return 'No such device is known.';
    if (this.store.factsProblem !== null) return 'There can be no such device.';
    const { ledger } = this.store;
    return ledger ? html`${sentence(ledger.totals, this.device, null, null, ledger.late)} ${duplicatesAlarm(ledger.totals)}` : html`<span class="quiet">Asking for the ledger…</span>`;
  }

  private usual(): TemplateResult | string {
    const { info } = this.store;
    if (!info) return '';
    const seen = info.lastSeen
      ? html`last seen <time datetime=${info.lastSeen} title=${absolute(info.lastSeen)}>${relative(parseTime(info.lastSeen))}</time>`
      : 'never seen';
    return html`${seen} · ${rated(info.rate)} <span class="wide">· ${plural(info.sensors.length, 'sensor')}</span> · as of ${clock(feed.lastGoodAt)} ${zone()}`;
  }

  private renderCharts(fromS: number, toS: number): TemplateResult {
    const { store } = this;
    const panels = store.panels.filter((p) => p.lines.length > 0);
    if (store.factsProblem !== null) {
      return html`<p class="empty"><strong>This device cannot be asked for.</strong> ${ended(store.factsProblem)} See <a href="/">which devices are known</a>.</p>`;
    }
    if (store.readingsProblem !== null) {
      return html`<p class="empty"><strong>These readings cannot be shown.</strong> ${ended(store.readingsProblem)} Choose another range above.</p>`;
    }
    if (panels.length === 0) return this.renderNoCharts();
    const marks = this.marks(fromS);
    const isWhole = store.summedFromS === null;
    return html`
      ${panels.map(
        (panel, i) => html`<tm-chart
          data-panel=${panel.key}
          .panel=${panel}
          .compareHref=${this.compareHref(panel)}
          .fromS=${fromS}
          .toS=${toS}
          .intervalS=${store.intervalS}
          .marks=${marks}
          .withAxis=${i === panels.length - 1}
          .plotHeight=${plotHeight(panels.length)}
          .valuesWidth=${this.valuesWidth()}
          .revision=${store.revision}
        ></tm-chart>`,
      )}
      ${this.renderStrip(fromS, toS)}
      ${isWhole ? chartHint('Lines are means; the band behind is minimum to maximum.') : nothing}
      <p class="chart-hint" role="status">${isWhole ? '' : 'Being summed up, newest first: what is marked so is not drawn yet.'}</p>
    `;
  }

  /** What the ledger says, over what is not drawn yet. */
  private marks(fromS: number): Mark[] {
    const { marks, summedFromS } = this.store;
    return summedFromS === null ? marks : [summingMark(fromS, summedFromS), ...marks];
  }

  /** The page on which these lines can be laid beside others. */
  private compareHref(panel: Panel): string {
    const series = panel.lines.map(({ sensor, metric }) => ({ device: this.device, sensor, metric, shiftMs: 0 }));
    return compareHref(series, rangeQuery(this.time.range));
  }

  private renderNoCharts(): TemplateResult {
    const { store } = this;
    if (!store.readingsLoaded && !store.unknown) {
      return html`${Array.from({ length: PANEL_PLACEHOLDERS }, () => html`<div class="chart-placeholder" aria-hidden="true" .style=${`height: ${plotHeight(PANEL_PLACEHOLDERS) + PLOT_HEAD_PX}px`}></div>`)}`;
    }
    if (store.unknown) {
      return html`<p class="empty">
        <strong>${this.renderNothing()}</strong> Its page fills by itself with its first reading. Check the name, or see
        <a href="/">which devices are known</a>.
      </p>`;
    }
    if (store.summedFromS !== null) return this.renderNothingYet(store.summedFromS);
    const last = store.info?.lastSeen;
    return html`<p class="empty">
      <strong>Nothing was stored between ${clock(this.time.range.fromMs)} and ${clock(this.time.range.toMs)} ${zone()}.</strong>
      ${last ? html`The device was last seen ${relative(parseTime(last))}. Choose a longer range, or ` : 'Choose a longer range.'}
      ${last ? html`<button class="button" @click=${() => this.showAround(parseTime(last))}>show its last readings</button>` : nothing}
    </p>
    ${store.marks.length > 0 || stripNote(store.found) !== nothing ? this.renderStrip(this.time.range.fromMs / 1000, this.time.range.toMs / 1000) : nothing}`;
  }

  private renderNothingYet(summedFromS: number): TemplateResult {
    const { fromMs, toMs } = this.time.range;
    const so = summedFromS * 1000 < toMs ? `Nothing was stored after ${clockDate(summedFromS * 1000)} ${zone(summedFromS * 1000)}; what was before comes next.` : '';
    return html`<p class="empty" role="status"><strong>These readings are being summed up, newest first.</strong> ${so}</p>
      ${this.renderStrip(fromMs / 1000, toMs / 1000)}`;
  }

  private renderNothing(): TemplateResult {
    const { quarantined } = this.store;
    if (quarantined.length === 0) return html`Nothing has come from “${this.device}”.`;
    return html`Nothing valid has come from “${this.device}”: <a href=${quarantineHref({ device: this.device })}>${amounts(quarantined)}</a> set aside.`;
  }

  /** What is shown, for others: as a file, and as the request that answers it. */
  private renderTakeAway(): TemplateResult {
    const { fromMs, toMs } = this.time.range;
    const readings = `/api/v1/devices/${encodeURIComponent(this.device)}/readings`;
    const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
    const call = `${location.origin}${readings}?${range}&points=${this.pointsWanted()}`;
    return html`<span class="take-away">
      <a class="button" href="${readings}?${range}&format=csv" download="${this.device}.csv" title="Every reading between ${clock(fromMs)} and ${clock(toMs)} ${zone()}, one to a line">CSV</a>
      <button class="button num" data-full=${call} title="Copies the request behind these charts: ${call}">API</button>
    </span>`;
  }

  private renderStrip(fromS: number, toS: number): TemplateResult {
    const { store } = this;
    const stored: Mark[] = storedStretches(store.panels, store.intervalS).map((s) => ({ ...s, state: 'stored', label: 'stored' }));
    const chosen = query().get('gap');
    const choose = (key: string | null): void => {
      setQuery({ gap: key });
      this.requestUpdate();
    };
    const mark = chosen === null ? undefined : store.marks.find((m) => markKey(m) === chosen);
    const zoom = (): void => this.showRange(mark!.from * 1000, mark!.to * 1000);
    return html`${ledgerStrip([...stored, ...this.marks(fromS)], fromS, toS, chosen, choose)} ${stripNote(store.found)}
    ${mark ? markInWords(mark, (store.ledger?.epochs.length ?? 0) > 1, choosable(store.marks, fromS, toS), zoom, choose) : nothing}`;
  }

  private pointsWanted(): number {
    return pointsFor(this.querySelector('.charts')?.clientWidth ?? 900);
  }

  /** A range of times with as much on each side. */
  private readonly showRange = (fromMs: number, toMs: number): void => {
    const room = Math.max(GAP_ROOM_MIN_MS, toMs - fromMs);
    this.time.show({ preset: null, fromMs: fromMs - room, toMs: toMs + room });
  };

  private showAround(ms: number): void {
    this.time.show({ preset: null, fromMs: ms - 240_000, toMs: ms + 60_000 });
  }
}

/** The plots fill the window between two bounds, so that all of a usual device is seen at once. */
function plotHeight(panels: number): number {
  const each = (innerHeight - AROUND_PLOTS_PX) / panels - PLOT_HEAD_PX;
  return Math.round(Math.min(PLOT_MAX_PX, Math.max(PLOT_MIN_PX, each)));
}

customElements.define('tm-device', DevicePage);
