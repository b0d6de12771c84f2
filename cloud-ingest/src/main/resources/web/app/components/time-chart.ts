// One chart: uPlot with our axes, a band from minimum to maximum behind each mean, marks of the ledger, a shared cursor.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import uPlot from 'uplot';
import { yRange } from '../lib/chart-axes';
import { valueWithin } from '../lib/format';
import type { Mark } from '../lib/gaps';
import { aligned, summaryOf, type Line, type Panel } from '../lib/series-model';
import { colour, onThemeChange } from '../lib/theme';
import { isUtc } from '../lib/zone';
import { drawEnds } from './chart-ends';
import { ChartGestures, HAND_OFF, heldView, SYNC_KEY, type View } from './chart-gestures';
import { drawMarks, drawWords, withOpacity } from './chart-marks';
import { fillTooltip, sorted, type TooltipRow } from './chart-tooltip';
import { measured } from './number';
import { axesOf, X_AXIS_PX } from './plot-axes';

const BAND_OPACITY = 0.15;
const POINT_EVERY_PX = 8;
const RIGHT_PAD_PX = 12;
const COLUMNS_PER_LINE = 3;

export class TimeChart extends LitElement {
  static override properties = {
    panel: { attribute: false },
    fromS: { attribute: false },
    toS: { attribute: false },
    intervalS: { attribute: false },
    marks: { attribute: false },
    withAxis: { attribute: false },
    plotHeight: { attribute: false },
    valuesWidth: { attribute: false },
    withBand: { attribute: false },
    compareHref: { attribute: false },
    revision: { attribute: false },
  };
  declare panel: Panel;
  declare fromS: number;
  declare toS: number;
  declare intervalS: number;
  declare marks: Mark[];
  declare withAxis: boolean;
  /** Height of the plot without its time axis, in pixels. */
  declare plotHeight: number;
  /** Width of an axis of values, in pixels: the same of all charts that stand below each other. */
  declare valuesWidth: number;
  /** Whether each line has its range behind it. */
  declare withBand: boolean;
  /** Where its lines can be compared with others; else empty. */
  declare compareHref: string;
  /** Changes whenever the panel's columns have. */
  declare revision: number;

  /** The chart itself; tests read its data. */
  plot: uPlot | null = null;
  private shape = '';
  private removeThemeListener?: () => void;
  private resize?: ResizeObserver;
  private frame = 0;
  private gestures?: ChartGestures;

  constructor() {
    super();
    this.withBand = true;
    this.compareHref = '';
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.removeThemeListener = onThemeChange(() => {
      this.shape = '';
      this.requestUpdate();
    });
    window.addEventListener('zone-changed', this.onOutside);
    window.addEventListener(HAND_OFF, this.onOutside);
  }

  private readonly onOutside = (): void => this.requestUpdate();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeThemeListener?.();
    window.removeEventListener('zone-changed', this.onOutside);
    window.removeEventListener(HAND_OFF, this.onOutside);
    this.resize?.disconnect();
    cancelAnimationFrame(this.frame);
    this.gestures?.cancel();
    this.plot?.destroy();
    this.plot = null;
    this.shape = '';
  }

  protected override firstUpdated(): void {
    this.resize = new ResizeObserver(() => this.fit());
    this.resize.observe(this.canvasHost());
  }

  protected override render(): TemplateResult {
    return html`
      <div class="chart-head">${this.panel.right ? this.renderAxes(this.panel.right) : this.renderHead()}</div>
      <div class="chart-canvas" role="img" aria-label=${summaryOf(this.panel, this.fromS, this.toS, this.marks ?? [])} .style=${`height: ${this.heightPx()}px`}></div>
    `;
  }

  private renderHead(): TemplateResult {
    const { title, unit, lines } = this.panel;
    return html`<h2>
        ${title}${unit ? html`<span class="unit"> ${unit}</span>` : nothing}
        ${this.compareHref ? html`<a class="compare-link" href=${this.compareHref} aria-label="Compare ${title}" title="Lay these lines beside those of other devices, or of another time">Compare</a>` : nothing}
      </h2>
      ${lines.some((line) => line.mark) ? nothing : html`<ul class="legend">
            ${lines.map((line, i) => this.renderLegend(line, i))}
          </ul>`}`;
  }

  /** With two of them each says at its side what it measures. */
  private renderAxes(right: { title: string; unit: string }): TemplateResult {
    return html`${[this.panel, right].map(
      ({ title, unit }, i) => html`<h2>${title}${unit ? html`<span class="unit"> ${unit}</span>` : nothing}<span class="label">, ${i === 0 ? 'left' : 'right'}</span></h2>`,
    )}`;
  }

  private renderLegend(line: Line, i: number): TemplateResult {
    const at = this.plot?.cursor.idx;
    const shown = at != null ? this.at(i, 0, this.nearestAt(i, at, this.gapsUnderCursor())) : line.mean[line.mean.length - 1];
    return html`<li>
      <svg class="key" viewBox="0 0 16 4" aria-hidden="true">
        <line x1="0" x2="16" y1="2" y2="2" stroke-width="2" stroke-dasharray=${line.dash.join(' ')} .style=${`stroke: ${line.colour}`} />
      </svg>
      ${line.label}
      <span class="legend-value">${shown == null ? '–' : measured(shown, line.unit, false, this.span(line))}</span>
    </li>`;
  }

  protected override updated(changed: PropertyValues): void {
    const looks = this.panel.lines.map((l) => [l.key, l.dash, l.colour, l.axis, l.mark]);
    const shape = JSON.stringify([isUtc(), looks, this.withAxis, this.withBand, this.plotHeight, this.valuesWidth, devicePixelRatio]);
    if (shape !== this.shape) {
      if (this.plot && heldView() !== null) return; // a hand that lies on a plot keeps it
      this.shape = shape;
      this.build();
    } else if (this.plot && ['revision', 'panel', 'intervalS', 'marks'].some((property) => changed.has(property))) {
      this.fill();
    } else if (this.plot && (changed.has('fromS') || changed.has('toS'))) {
      this.showView();
    }
  }

  /** What is shown: what the page says, unless a pointer holds it. */
  private view(): View {
    return heldView() ?? { fromS: this.fromS, toS: this.toS };
  }

  private showView(): void {
    const { fromS, toS } = this.view();
    this.plot?.setScale('x', { min: fromS, max: toS });
  }

  private fill(): void {
    if (!this.plot) return;
    this.plot.batch(() => {
      this.plot!.setData(aligned(this.panel.lines, this.intervalS, this.marks ?? []) as uPlot.AlignedData, false);
      this.showView();
    });
    // What is under a pointer that rests changes with the data.
    const { left, top } = this.plot.cursor;
    if (left != null && left >= 0) this.plot.setCursor({ left, top: top ?? 0 });
  }

  private build(): void {
    this.gestures?.cancel();
    this.plot?.destroy();
    const host = this.canvasHost();
    host.replaceChildren();
    const data = aligned(this.panel.lines, this.intervalS, this.marks ?? []) as uPlot.AlignedData;
    this.plot = new uPlot(this.options(host.clientWidth || 600), data, host);
    this.addTooltip();
    this.gestures = new ChartGestures(this.plot, {
      view: () => ({ fromS: this.fromS, toS: this.toS }),
      zoom: ({ fromS, toS }, isWheel) => this.send('range-zoom', { fromMs: fromS * 1000, toMs: toS * 1000, isWheel }),
    });
  }

  private fit(): void {
    const width = this.canvasHost().clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.heightPx() });
  }

  /** From the lowest to the highest value that a line's axis shows. */
  private span(line: Line): number {
    const { min, max } = this.plot?.scales[line.axis] ?? {};
    return min == null || max == null ? 0 : max - min;
  }

  private heightPx(): number {
    return this.plotHeight + (this.withAxis ? X_AXIS_PX : 0);
  }

  private options(width: number): uPlot.Options {
    const right = this.panel.right !== undefined;
    const { axes, drawTimes } = axesOf({ width, plotHeight: this.plotHeight, withTimes: this.withAxis, valuesWidth: this.valuesWidth, right });
    return {
      width,
      height: this.heightPx(),
      tzDate: (seconds) => (isUtc() ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
      padding: [8, right ? 0 : RIGHT_PAD_PX, this.withAxis ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: SYNC_KEY, setSeries: false },
        points: { size: 6 },
        bind: { mousedown: () => null, dblclick: () => () => (this.send('range-back'), null) },
      },
      scales: {
        x: { time: true, range: () => [this.view().fromS, this.view().toS] },
        left: { range: (_u, min, max) => yRange(min, max) },
        right: { range: (_u, min, max) => yRange(min, max) },
      },
      axes,
      series: [{}, ...this.panel.lines.flatMap((line) => this.seriesOf(line))],
      bands: this.withBand ? this.panel.lines.map((line, i) => bandOf(line, i)) : [],
      hooks: {
        drawClear: [(u) => drawMarks(u, this.marks ?? [])],
        drawAxes: [drawTimes],
        draw: [(u) => drawEnds(u, this.panel.lines, this.view().fromS, this.view().toS), (u) => drawWords(u, this.marks ?? [])],
        setCursor: [() => this.onCursor()],
      },
    };
  }

  private seriesOf(line: Line): uPlot.Series[] {
    const stroke = colour(line.colour);
    const hidden: uPlot.Series = { scale: line.axis, stroke: 'transparent', width: 0, points: { show: false } };
    return [
      {
        label: line.key,
        scale: line.axis,
        stroke,
        width: 1.5,
        dash: line.dash,
        points: {
          size: 4,
          fill: stroke,
          show: (u, _s, first, last) => last - first < u.bbox.width / devicePixelRatio / POINT_EVERY_PX,
        },
      },
      hidden,
      { ...hidden },
    ];
  }

  private send(type: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }

  /** Values under the cursor are drawn at most once a frame, however fast the pointer is. */
  private onCursor(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.requestUpdate();
      this.moveTooltip();
    });
  }

  private addTooltip(): void {
    const box = document.createElement('div');
    box.className = 'tooltip';
    box.hidden = true;
    const { over } = this.plot!;
    over.append(box);
    over.addEventListener('mouseleave', () => (box.hidden = true));
  }

  private moveTooltip(): void {
    const u = this.plot;
    const box = u?.over.querySelector<HTMLElement>('.tooltip');
    if (!u || !box) return;
    const { idx, left } = u.cursor;
    const isHere = u.over.matches(':hover');
    if (idx == null || left == null || left < 0 || !isHere) {
      box.hidden = true;
      return;
    }
    const marks = this.marksUnderCursor();
    const gaps = this.gapsUnderCursor();
    const rows = sorted(this.panel.lines.flatMap((line, i) => this.tooltipRow(line, i, idx, gaps)));
    fillTooltip(box, rows.length === 0 && gaps.length > 0 ? u.posToVal(left, 'x') : u.data[0][idx]!, rows, marks);
    box.hidden = false;
    const lineTop = u.valToPos(rows[0]?.mean ?? 0, rows[0]?.line.axis ?? 'left');
    box.classList.toggle('below', lineTop < u.over.clientHeight / 2); // where it hides less of the line
    const room = u.over.clientWidth - left;
    box.style.left = room < box.offsetWidth + 16 ? `${Math.max(0, left - box.offsetWidth - 12)}px` : `${left + 12}px`;
  }

  /** What is said of the moment that the pointer is at, in this chart or in one that shares it. */
  private marksUnderCursor(): Mark[] {
    const left = this.plot?.cursor.left;
    if (left == null || left < 0) return [];
    const seconds = this.plot!.posToVal(left, 'x');
    return (this.marks ?? []).filter((mark) => mark.from <= seconds && seconds < mark.to);
  }

  /** Those of them where nothing is drawn. */
  private gapsUnderCursor(): Mark[] {
    return this.marksUnderCursor().filter((mark) => mark.state !== 'late');
  }

  private tooltipRow(line: Line, i: number, cursor: number, gaps: Mark[]): TooltipRow[] {
    const idx = this.nearestAt(i, cursor, gaps);
    if (idx < 0) return [];
    const mean = this.at(i, 0, idx)!;
    const span = this.span(line);
    const [low, high] = ([1, 2] as const).map((column) => this.at(i, column, idx)).map((v) => (v == null ? '' : valueWithin(v, span)));
    const range = low !== high ? ` (${low} to ${high})` : '';
    return [{ line, mean, text: `${valueWithin(mean, span)} ${line.unit}${range}` }];
  }

  private at(line: number, column: 0 | 1 | 2, idx: number): number | null | undefined {
    return this.plot!.data[1 + line * COLUMNS_PER_LINE + column]![idx];
  }

  /**
   * That index or, where this line has no point, that of the nearest before it that is not across a gap; -1 if there is none.
   *
   * @param gaps those the pointer is in: what is nearest to it may lie on the other side of one, and is no value of the gap's
   */
  private nearestAt(nth: number, idx: number, gaps: Mark[]): number {
    let at = idx;
    while (at >= 0 && this.at(nth, 0, at) === undefined) at--;
    if (at < 0 || this.at(nth, 0, at) === null) return -1;
    const time = this.plot!.data[0][at]!;
    const { source } = this.panel.lines[nth]!;
    return gaps.some((gap) => gap.source === source && (time < gap.from || time >= gap.to)) ? -1 : at;
  }

  private canvasHost(): HTMLElement {
    return this.querySelector<HTMLElement>('.chart-canvas')!;
  }
}

function bandOf(line: Line, nth: number): uPlot.Band {
  const first = 1 + nth * COLUMNS_PER_LINE;
  return { series: [first + 2, first + 1], fill: withOpacity(colour(line.colour), BAND_OPACITY) };
}

customElements.define('tm-chart', TimeChart);
