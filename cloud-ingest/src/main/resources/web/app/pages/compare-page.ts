// Any readings beside any others: of several devices, and of other times, on one chart with two axes.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import '../components/range-picker';
import '../components/series-picker';
import '../components/time-chart';
import { chartHint } from '../components/chart-hint';
import { stripNote } from '../components/ledger-strip';
import { notice } from '../components/notice';
import { RangeControl, rangeQuery } from '../components/range-control';
import { choicesOf } from '../components/series-picker';
import { fetchLatest, pointsPath } from '../lib/api';
import { axisWidth } from '../lib/chart-axes';
import { BANDS_MAX, compareHref, comparisonOf, distinct, readAsked, SERIES_MAX, seriesText, sourceOf, type Wanted } from '../lib/compare';
import { CompareStore } from '../lib/compare-store';
import { feed } from '../lib/feed';
import { clock, duration, ended, plural, zone } from '../lib/format';
import { messageOf } from '../lib/http';
import { memo } from '../lib/memo';
import { metricLabel } from '../lib/metrics';
import { go, query, rewrite, setQuery } from '../lib/router';
import { pointsFor } from '../lib/series-model';
import { seriesTable, type TableActions } from './compare-table';

const CLOCK_MS = 1000;
/** What the page needs around the plot, and for each row of the table, in pixels. */
const AROUND_PLOT_PX = 408;
const ROW_PX = 37;
const PLOT_MIN_PX = 220;
const PLOT_MAX_PX = 520;
/** What a copy of a series is shifted by: the first that is not there yet. They are more than a chart takes. */
const COPY_SHIFTS_MS = [-1, -7, -14, -28, 0, ...Array.from({ length: SERIES_MAX }, (_one, i) => -7 * (5 + i))].map((days) => days * 86_400_000);
const DEVICES_NAMED_MAX = 3;
const METRICS_NAMED_MAX = 3;
const REASONS_NAMED_MAX = 3;

export class ComparePage extends LitElement {
  private wanted: Wanted[] = [];
  private leftOut: string[] = [];
  /** Whether devices' metrics are being asked for, until it is aborted; and what came of it where that was nothing. */
  private isResolving = false;
  private resolving = new AbortController();
  private unresolved: string[] = [];
  private edited: number | null = null;
  private timer = 0;
  private readonly store: CompareStore = new CompareStore(() => ({ series: this.wanted, ...this.time.now(), points: this.pointsWanted() }));
  private readonly time: RangeControl = new RangeControl(
    this,
    () => feed.paused && this.store.hasTime,
    () => this.store.rangeChanged(),
  );
  private readonly comparison = memo(
    () => [this.store.revision],
    () => comparisonOf(this.store.wanted, this.store.found),
  );
  private readonly valuesWidth = memo(
    () => [this.comparison()],
    () => axisWidth([this.comparison().panel]),
  );
  private readonly marks = memo(
    () => [this.store.marks, this.store.wanted],
    () => {
      const sources = new Set<string | undefined>(this.store.wanted.map(sourceOf));
      return this.store.marks.filter(({ source }) => sources.has(source));
    },
  );
  private readonly actions: TableActions = {
    remove: (nth) => this.show(this.wanted.filter((_one, i) => i !== nth)),
    copy: (nth) => {
      const copy = { ...this.wanted[nth]! };
      const texts = new Set(this.wanted.map(seriesText));
      copy.shiftMs = COPY_SHIFTS_MS.find((shiftMs) => !texts.has(seriesText({ ...copy, shiftMs })))!;
      this.show(this.wanted.toSpliced(nth + 1, 0, copy));
    },
    shift: (nth, shiftMs) => {
      this.edited = null;
      this.requestUpdate();
      this.show(this.wanted.map((one, i) => (i === nth ? { ...one, shiftMs } : one)));
    },
    edit: (nth) => void this.edit(nth),
  };

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Compare · Tidemark';
    for (const type of ['route-changed', 'popstate']) window.addEventListener(type, this.onRoute);
    window.addEventListener('resize', this.refresh);
    this.store.addEventListener('change', this.refresh);
    this.timer = window.setInterval(this.refresh, CLOCK_MS);
    this.readAddress();
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const type of ['route-changed', 'popstate']) window.removeEventListener(type, this.onRoute);
    window.removeEventListener('resize', this.refresh);
    this.store.removeEventListener('change', this.refresh);
    clearInterval(this.timer);
    this.resolving.abort();
    this.store.stop();
  }

  private readonly refresh = (): void => this.requestUpdate();

  private readonly onRoute = (): void => {
    if (location.pathname !== '/compare') return; // this page is about to go
    const isOtherTime = this.readAddress();
    if (isOtherTime) this.store.rangeChanged();
    else this.store.questionChanged();
  };

  /** Returns whether it is of another time than was shown. */
  private readAddress(): boolean {
    const { series, devices, leftOut } = readAsked();
    this.wanted = series;
    this.leftOut = leftOut;
    this.unresolved = [];
    this.edited = null;
    const isOtherTime = this.time.read();
    this.requestUpdate();
    this.resolving.abort();
    this.isResolving = devices.length > 0;
    if (this.isResolving) void this.resolve(devices);
    return isOtherTime;
  }

  /** Chooses for each device what its row on the fleet's page shows, and puts that into the address, in which those stay that could not be asked. */
  private async resolve(devices: string[]): Promise<void> {
    this.resolving = new AbortController();
    const { signal } = this.resolving;
    const answers = await Promise.allSettled(devices.map(async (device) => choicesOf(await fetchLatest(device, signal))[0]));
    if (signal.aborted) return; // another address is shown, or another page
    const found: Wanted[] = [];
    const without: string[] = [];
    const failed = new Map<string, string[]>();
    for (const [i, answer] of answers.entries()) {
      const device = devices[i]!;
      if (answer.status === 'rejected') {
        const said = messageOf(answer.reason);
        failed.set(said, [...(failed.get(said) ?? []), device]);
      } else if (answer.value) found.push({ device, sensor: answer.value.sensor, metric: answer.value.metric, shiftMs: 0 });
      else without.push(device);
    }
    this.unresolved = [...failed].map(([said, whose]) => `${whose.join(', ')}: what to draw cannot be asked. ${said} Reload the page to try again.`);
    if (without.length > 0) this.unresolved.push(`${without.join(', ')}: no numbers are stored of it, so there is nothing to draw.`);
    this.wanted = distinct([...this.wanted, ...found]);
    this.isResolving = false;
    rewrite(compareHref(this.wanted, this.rest(), [...failed.values()].flat()));
    this.requestUpdate();
    this.store.questionChanged();
  }

  /** What else the address says. */
  private rest(): Record<string, string | null> {
    const params = query();
    return Object.fromEntries(['range', 'from', 'to', 'band'].map((key) => [key, params.get(key)]));
  }

  /** Shows other series; going back shows these again. */
  private show(series: Wanted[]): void {
    const params = query();
    go(compareHref(series, { ...rangeQuery(this.time.range), band: params.get('band') }, params.getAll('device')));
  }

  private async edit(nth: number | null): Promise<void> {
    const was = this.edited;
    this.edited = nth;
    this.requestUpdate();
    await this.updateComplete;
    if (nth !== null) this.querySelector<HTMLInputElement>('.own-shift input')?.focus();
    else this.querySelectorAll<HTMLSelectElement>('.compared .select')[was ?? 0]?.focus();
  }

  private readonly onToggle = (event: Event): void => {
    const { device, sensor, metric } = (event as CustomEvent<{ device: string; sensor: string; metric: string }>).detail;
    const one: Wanted = { device, sensor, metric, shiftMs: 0 };
    const without = this.wanted.filter((other) => seriesText(other) !== seriesText(one));
    if (without.length < this.wanted.length) this.show(without);
    else if (this.wanted.length < SERIES_MAX) this.show([...this.wanted, one]);
  };

  protected override render(): TemplateResult {
    const { fromMs, toMs } = this.time.now();
    return html`<div class="compare">
      <header class="compare-head">
        <h1 class="sentence">${sentenceOf(this.wanted)}</h1>
        ${notice(this.usual(), this.store.retryAt)}
      </header>
      <div class="range-row" @range-preset=${this.time.onPreset} @range-step=${this.time.onStep} @range-zoom=${this.time.onZoom} @range-back=${this.time.onBack}>
        <tm-range .range=${{ ...this.time.range }} .problem=${this.time.problem} .canGoBack=${this.time.canGoBack}></tm-range>
        ${this.wanted.length > 0 ? html`${this.renderBandButton()} ${this.renderTakeAway()}` : nothing}
      </div>
      <tm-picker .chosen=${new Set(this.wanted.map(seriesText))} .isFull=${this.wanted.length >= SERIES_MAX} @series-toggle=${this.onToggle}></tm-picker>
      ${this.renderWarnings()}
      <div class="charts" .style=${`--values-width: ${this.valuesWidth()}px`} @range-zoom=${this.time.onZoom} @range-back=${this.time.onBack}>${this.renderChart(fromMs, toMs)}</div>
      ${this.wanted.length > 0 ? this.renderTable() : nothing}
    </div>`;
  }

  private usual(): string {
    if (this.wanted.length === 0 || feed.lastGoodAt === 0) return '';
    return `${plural(this.wanted.length, 'series', 'series')} · a point is ${duration(this.store.intervalS * 1000)} · as of ${clock(feed.lastGoodAt)} ${zone()}`;
  }

  private renderWarnings(): TemplateResult {
    const { leftOut, unresolved } = this;
    return html`${leftOut.length > 0
      ? html`<p class="compare-warning" role="alert">
          <span class="mark-error">▲ Not shown: ${leftOut.join(', ')}.</span> The chart takes ${SERIES_MAX} series, each as DEVICE/SENSOR/METRIC or with a shift as DEVICE/SENSOR/METRIC@-P7D.
        </p>`
      : nothing}${unresolved.map((words) => html`<p class="compare-warning" role="alert"><span class="mark-error">▲ ${words}</span></p>`)}`;
  }

  private renderChart(fromMs: number, toMs: number): TemplateResult {
    const { store } = this;
    if (this.wanted.length === 0) return this.isResolving ? this.renderPlaceholder('Asking what these devices measure…') : renderEmpty();
    if (store.problem !== null) return html`<p class="empty"><strong>These series cannot be shown.</strong> ${ended(store.problem)} Choose another time, or other series.</p>`;
    if (!store.loaded && store.revision === 0) return this.renderPlaceholder('');
    const { panel } = this.comparison();
    if (panel.lines.length === 0) {
      if (!store.loaded) return this.renderPlaceholder('');
      return html`<p class="empty">
        <strong>Nothing was stored of ${this.wanted.length === 1 ? 'it' : 'these'} between ${clock(fromMs)} and ${clock(toMs)} ${zone(toMs)}.</strong>
        ${this.renderWhy()} Choose a longer time above, or shift a series to a time that has readings: the table says of each what is known.
      </p>
      ${stripNote(...store.marksFoundOf(this.wanted))}`;
    }
    return html`<tm-chart
        data-panel="compare"
        .panel=${panel}
        .fromS=${fromMs / 1000}
        .toS=${toMs / 1000}
        .intervalS=${store.intervalS}
        .marks=${this.marks()}
        .withAxis=${true}
        .withBand=${this.hasBand()}
        .plotHeight=${this.plotHeight()}
        .valuesWidth=${this.valuesWidth()}
        .revision=${store.revision}
      ></tm-chart>
      ${stripNote(...store.marksFoundOf(this.wanted))}
      ${chartHint(`Lines are means${this.hasBand() ? '; the band behind is minimum to maximum' : ''}. The numbers at their ends are the rows below.${this.marks().some(({ state }) => state !== 'late') ? ' Shaded is where a device has no row: point there for the reason.' : ''}`)}`;
  }

  /** What the ledger says of a time that has no row of any. */
  private renderWhy(): string {
    const said = this.marks().map(({ label }) => label);
    return said.length === 0 ? '' : `${said.slice(0, REASONS_NAMED_MAX).join('; ')}${said.length > REASONS_NAMED_MAX ? '; and more' : ''}.`;
  }

  private renderPlaceholder(words: string): TemplateResult {
    return html`<p class="chart-placeholder compare-placeholder quiet" .style=${`height: ${this.plotHeight() + 58}px`}>${words}</p>`;
  }

  private renderTable(): TemplateResult {
    const { panel, hindrances } = this.comparison();
    // What was found may still be of the series shown before: each row takes its own.
    const own = new Map(this.store.wanted.map((one, i) => [seriesText(one), hindrances[i] ?? '']));
    const lines = new Map(panel.lines.map((line) => [line.key, line]));
    return seriesTable(this.wanted, lines, this.wanted.map((one) => own.get(seriesText(one)) ?? ''), this.edited, this.actions);
  }

  private renderBandButton(): TemplateResult {
    const has = this.hasBand();
    const toggle = (): void => {
      setQuery({ band: has ? 'off' : 'on' });
      this.requestUpdate();
    };
    return html`<button class="button" aria-pressed=${has} title="Minimum to maximum behind each line" @click=${toggle}>Band</button>`;
  }

  private hasBand(): boolean {
    const asked = query().get('band');
    return asked === null ? this.wanted.length <= BANDS_MAX : asked !== 'off';
  }

  /** What is shown, for others: as a file, and as the request that answers it. */
  private renderTakeAway(): TemplateResult {
    const { fromMs, toMs } = this.time.range;
    const call = `/api/v1${pointsPath(this.wanted.map(seriesText), fromMs, toMs, this.pointsWanted())}`;
    return html`<span class="take-away">
      <a class="button" href="${call}&format=csv" download="compare.csv" title="The points of these lines, one to a line">CSV</a>
      <button class="button num" data-full=${location.origin + call} title="Copies the request behind this chart: ${call}">API</button>
    </span>`;
  }

  private pointsWanted(): number {
    return pointsFor(this.querySelector('.charts')?.clientWidth ?? 1200);
  }

  private plotHeight(): number {
    return Math.min(PLOT_MAX_PX, Math.max(PLOT_MIN_PX, innerHeight - AROUND_PLOT_PX - this.wanted.length * ROW_PX));
  }
}

function renderEmpty(): TemplateResult {
  return html`<p class="empty">
    <strong>Nothing is compared yet.</strong>
    Search a device above and choose what it measures. Then add other devices to it, or lay a series over itself of a day or a week earlier: the + in its row does that. To begin with
    several devices, tick them on the <a href="/">fleet's page</a>.
  </p>`;
}

/** "Temperature and humidity of boiler-1, boiler-2 and mill-1." */
function sentenceOf(wanted: Wanted[]): string {
  if (wanted.length === 0) return 'Compare any readings, of any devices and times.';
  const metrics = [...new Set(wanted.map(({ metric }) => metricLabel(metric)))];
  const devices = [...new Set(wanted.map(({ device }) => device))];
  const what = metrics.length <= METRICS_NAMED_MAX ? list(metrics.map((word, i) => (i === 0 ? word : lowered(word)))) : plural(metrics.length, 'metric');
  const whose = devices.length <= DEVICES_NAMED_MAX ? list(devices) : plural(devices.length, 'device');
  return `${what} of ${whose}${wanted.some(({ shiftMs }) => shiftMs !== 0) ? ', of different times' : ''}.`;
}

function list(words: string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]!}`;
}

/** With a small first letter, unless it is an abbreviation. */
function lowered(word: string): string {
  return /^.[A-Z0-9]/.test(word) ? word : word.charAt(0).toLowerCase() + word.slice(1);
}

customElements.define('tm-compare', ComparePage);
