// One device: what it measures over time, stacked, and beside it what is known of it.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import '../components/range-picker';
import '../components/time-chart';
import { PRESETS, type Range } from '../components/range-picker';
import { duplicatesAlarm, sentence } from '../components/ledger';
import { gapInWords, ledgerStrip } from '../components/ledger-strip';
import { notice } from '../components/notice';
import { rated } from '../components/number';
import { statusMark } from '../components/status';
import { DeviceStore } from '../lib/device-store';
import { feed } from '../lib/feed';
import { absolute, clock, parseTime, plural, relative, zone } from '../lib/format';
import { gapKey, type Mark } from '../lib/gaps';
import { query, setQuery } from '../lib/router';
import { storedStretches } from '../lib/series-model';
import { recall, remember } from '../lib/theme';
import { renderFacts } from './device-facts';

const CLOCK_MS = 1000;
/** What was drawn less long ago is as good as what the clock would have drawn. */
const CLOCK_REST_MS = 900;
const RANGE_KEY = 'tidemark.range';
const DEFAULT_PRESET = '5m';
const SHORTEST_RANGE_MS = 1000;
const LONGEST_RANGE_MS = 3660 * 24 * 3_600_000;
const PX_PER_POINT = 3;
const POINTS_MIN = 60;
const POINTS_MAX = 600;
const PANEL_PLACEHOLDERS = 3;
const PAST_MAX_RANGES = 50;
/** Shown on each side of a gap when it is zoomed to, in seconds, at least. */
const GAP_ROOM_MIN_S = 5;
/** What the page needs around the plots, and each plot's heading, in pixels. */
const AROUND_PLOTS_PX = 318;
const PLOT_HEAD_PX = 32;
const PLOT_MIN_PX = 132;
const PLOT_MAX_PX = 260;

export class DevicePage extends LitElement {
  static override properties = { device: { attribute: false } };
  declare device: string;

  private store!: DeviceStore;
  private range!: Range;
  private readonly past: Range[] = [];
  private timer = 0;
  private drawnAt = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(this.onClock, CLOCK_MS);
    window.addEventListener('go-earlier', this.onEarlier);
    window.addEventListener('resize', this.tick);
    window.addEventListener('go-later', this.onLater);
    feed.addEventListener('change', this.tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    window.removeEventListener('go-earlier', this.onEarlier);
    window.removeEventListener('resize', this.tick);
    window.removeEventListener('go-later', this.onLater);
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
    this.range = readRange();
    this.past.length = 0;
    this.store = new DeviceStore(
      this.device,
      () => ({ ...this.now(), moving: this.range.preset !== null }),
      () => this.pointsWanted(),
    );
    this.store.addEventListener('change', this.tick);
    this.store.start();
  }

  private readonly tick = (): void => this.requestUpdate();

  /** A reading a second draws the charts as often as the clock does: once for both. */
  private readonly onClock = (): void => {
    if (performance.now() - this.drawnAt > CLOCK_REST_MS) this.requestUpdate();
  };

  protected override updated(): void {
    this.drawnAt = performance.now();
  }

  /** The range at this moment: one that ends now moves with the clock, a second at a time, unless paused. */
  private now(): { fromMs: number; toMs: number } {
    if (this.range.preset !== null && !(feed.paused && this.store.readingsLoaded)) {
      const toMs = Math.ceil(Date.now() / CLOCK_MS) * CLOCK_MS;
      if (toMs !== this.range.toMs) this.range = { ...this.range, fromMs: toMs - PRESETS[this.range.preset]!, toMs };
    }
    return this.range;
  }

  protected override render(): TemplateResult {
    const { fromMs, toMs } = this.now();
    return html`
      <div class="device">
        <header class="device-head">
          <h1>
            <a href="/">Fleet</a><span class="quiet" aria-hidden="true"> / </span><span class="device-name">${this.store.info?.name || this.device}</span>
            ${this.store.info?.name ? html`<span class="quiet device-id">${this.device}</span>` : nothing}
            ${this.store.info ? statusMark(this.store.info.status) : nothing}
          </h1>
          <p class="sentence">${this.renderSentence()}</p>
          ${notice(this.usual(), this.store.retryAt)}
        </header>
        <div class="range-row" @range-preset=${this.onPreset} @range-step=${this.onStep} @range-zoom=${this.onZoom}>
          <tm-range .range=${{ ...this.range }}></tm-range>
          ${this.renderTakeAway()}
        </div>
        <div class="device-body">
          <div class="charts" @range-zoom=${this.onZoom} @range-back=${this.onBack}>${this.renderCharts(fromMs / 1000, toMs / 1000)}</div>
          <aside class="facts-column" aria-label="Facts" @record-changed=${() => this.store.factsChanged()}>${renderFacts(this.store)}</aside>
        </div>
      </div>
    `;
  }

  private renderSentence(): TemplateResult | string {
    if (this.store.unknown) return 'No such device is known.';
    const { ledger } = this.store;
    return ledger ? html`${sentence(ledger.totals, this.device, null, null)} ${duplicatesAlarm(ledger.totals)}` : html`<span class="quiet">Asking for the ledger…</span>`;
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
    if (store.readingsProblem !== null) {
      return html`<p class="empty"><strong>These readings cannot be shown.</strong> ${store.readingsProblem} Choose another range above.</p>`;
    }
    if (panels.length === 0) return this.renderNoCharts();
    return html`
      ${panels.map(
        (panel, i) => html`<tm-chart
          data-panel=${panel.key}
          .panel=${panel}
          .fromS=${fromS}
          .toS=${toS}
          .intervalS=${store.intervalS}
          .marks=${store.marks}
          .withAxis=${i === panels.length - 1}
          .plotHeight=${plotHeight(panels.length)}
          .revision=${store.revision}
        ></tm-chart>`,
      )}
      ${this.renderStrip(fromS, toS)}
      <p class="chart-hint">Drag to zoom, double-click to go back. Lines are means; the band behind is minimum to maximum.</p>
    `;
  }

  private renderNoCharts(): TemplateResult {
    const { store } = this;
    if (!store.readingsLoaded && !store.unknown) {
      return html`${Array.from({ length: PANEL_PLACEHOLDERS }, () => html`<div class="chart-placeholder" aria-hidden="true" .style=${`height: ${plotHeight(PANEL_PLACEHOLDERS) + PLOT_HEAD_PX}px`}></div>`)}`;
    }
    if (store.unknown) {
      return html`<p class="empty">
        <strong>Nothing has come from “${this.device}”.</strong> Its page fills by itself with its first reading. Check the name, or see
        <a href="/">which devices are known</a>.
      </p>`;
    }
    const last = store.info?.lastSeen;
    return html`<p class="empty">
      <strong>Nothing was stored between ${clock(this.range.fromMs)} and ${clock(this.range.toMs)} ${zone()}.</strong>
      ${last ? html`The device was last seen ${relative(parseTime(last))}. Choose a longer range, or ` : 'Choose a longer range.'}
      ${last ? html`<button class="button" @click=${() => this.showAround(parseTime(last))}>show its last readings</button>` : nothing}
    </p>
    ${store.marks.length > 0 ? this.renderStrip(this.range.fromMs / 1000, this.range.toMs / 1000) : nothing}`;
  }

  /** What is shown, for others: as a file, and as the request that answers it. */
  private renderTakeAway(): TemplateResult {
    const { fromMs, toMs } = this.range;
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
    const mark = store.marks.find(({ gap }) => gap && gapKey(gap) === chosen);
    const room = mark ? Math.max(GAP_ROOM_MIN_S, mark.to - mark.from) : 0;
    const zoom = (): void => this.show({ preset: null, fromMs: (mark!.from - room) * 1000, toMs: (mark!.to + room) * 1000 });
    return html`${ledgerStrip([...stored, ...store.marks], fromS, toS, chosen, choose)}
    ${mark?.gap ? gapInWords({ ...mark, gap: mark.gap }, (store.ledger?.epochs.length ?? 0) > 1, zoom, () => choose(null)) : nothing}`;
  }

  private pointsWanted(): number {
    const width = this.querySelector('.charts')?.clientWidth ?? 900;
    return Math.round(Math.min(POINTS_MAX, Math.max(POINTS_MIN, width / PX_PER_POINT)));
  }

  private showAround(ms: number): void {
    this.show({ preset: null, fromMs: ms - 240_000, toMs: ms + 60_000 });
  }

  private readonly onPreset = (event: Event): void => {
    const { preset } = (event as CustomEvent<{ preset: string }>).detail;
    const toMs = Date.now();
    this.show({ preset, fromMs: toMs - PRESETS[preset]!, toMs });
  };

  private readonly onStep = (event: Event): void => this.step((event as CustomEvent<{ by: number }>).detail.by);
  private readonly onEarlier = (): void => this.step(-1);
  private readonly onLater = (): void => this.step(1);

  private readonly onZoom = (event: Event): void => {
    const { fromMs, toMs } = (event as CustomEvent<{ fromMs: number; toMs: number }>).detail;
    const middle = (fromMs + toMs) / 2;
    const half = Math.min(LONGEST_RANGE_MS, Math.max(SHORTEST_RANGE_MS, toMs - fromMs)) / 2;
    this.show({ preset: null, fromMs: middle - half, toMs: middle + half });
  };

  private readonly onBack = (): void => {
    const before = this.past.pop();
    if (before) this.show(before, false);
  };

  /** Half a range earlier or later; later than now is live again. */
  private step(by: number): void {
    const { fromMs, toMs, preset } = this.range;
    if (preset !== null && by > 0) return;
    const length = toMs - fromMs;
    const next: Range = { preset: null, fromMs: fromMs + (by * length) / 2, toMs: toMs + (by * length) / 2 };
    const live = Object.keys(PRESETS).find((name) => Math.abs(PRESETS[name]! - length) < 1000);
    this.show(next.toMs >= Date.now() - 1000 && live !== undefined ? { ...next, preset: live } : next);
  }

  private show(range: Range, keep = true): void {
    if (keep) this.past.push(this.range);
    if (this.past.length > PAST_MAX_RANGES) this.past.shift();
    this.range = range;
    if (range.preset !== null) {
      remember(RANGE_KEY, range.preset);
      setQuery({ range: range.preset, from: null, to: null });
    } else {
      setQuery({ range: null, from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() });
    }
    this.store.rangeChanged();
    this.requestUpdate();
  }
}

/** The plots fill the window between two bounds, so that all of a usual device is seen at once. */
function plotHeight(panels: number): number {
  const each = (innerHeight - AROUND_PLOTS_PX) / panels - PLOT_HEAD_PX;
  return Math.round(Math.min(PLOT_MAX_PX, Math.max(PLOT_MIN_PX, each)));
}

function readRange(): Range {
  const params = query();
  const fromMs = Date.parse(params.get('from') ?? '');
  const toMs = Date.parse(params.get('to') ?? '');
  if (toMs > fromMs) return { preset: null, fromMs, toMs };
  const wanted = params.get('range') ?? recall(RANGE_KEY) ?? DEFAULT_PRESET;
  const preset = wanted in PRESETS ? wanted : DEFAULT_PRESET;
  return { preset, fromMs: Date.now() - PRESETS[preset]!, toMs: Date.now() };
}

customElements.define('tm-device', DevicePage);
