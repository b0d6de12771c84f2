// One chart: uPlot with our axes, a band from minimum to maximum behind each mean, marks of the ledger, a shared cursor.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import uPlot from 'uplot';
import { clockDate, value, valueWithin, zone } from '../lib/format';
import type { Mark } from '../lib/gaps';
import { aligned, type Line, type Panel } from '../lib/series-model';
import { colour, onThemeChange } from '../lib/theme';
import { isUtc } from '../lib/zone';
import { measured } from './number';

const X_AXIS_PX = 26;
const BAND_OPACITY = 0.15;
const MARK_OPACITY = 0.12;
const POINT_EVERY_PX = 8;
export const Y_AXIS_PX = 56;
export const RIGHT_PAD_PX = 12;
const COLUMNS_PER_LINE = 3;
const ZOOM_STEP = 1.4;
const DRAG_MIN_PX = 4;

export class TimeChart extends LitElement {
  static override properties = {
    panel: { attribute: false },
    fromS: { attribute: false },
    toS: { attribute: false },
    intervalS: { attribute: false },
    marks: { attribute: false },
    withAxis: { attribute: false },
    plotHeight: { attribute: false },
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
  /** Changes whenever the panel's columns have. */
  declare revision: number;

  /** The chart itself; tests read its data. */
  plot: uPlot | null = null;
  private shape = '';
  private removeThemeListener?: () => void;
  private resize?: ResizeObserver;
  private frame = 0;
  /** A drag began here: the selection also appears in the charts whose cursor is shared, which must not zoom too. */
  private isDragged = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.removeThemeListener = onThemeChange(() => {
      this.shape = '';
      this.requestUpdate();
    });
    window.addEventListener('zone-changed', this.onZone);
  }

  private readonly onZone = (): void => this.requestUpdate();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeThemeListener?.();
    window.removeEventListener('zone-changed', this.onZone);
    this.resize?.disconnect();
    cancelAnimationFrame(this.frame);
    this.plot?.destroy();
    this.plot = null;
    this.shape = '';
  }

  protected override firstUpdated(): void {
    this.resize = new ResizeObserver(() => this.fit());
    this.resize.observe(this.canvasHost());
  }

  protected override render(): TemplateResult {
    const { panel } = this;
    return html`
      <div class="chart-head">
        <h2>${panel.title}${panel.unit ? html`<span class="unit"> ${panel.unit}</span>` : nothing}</h2>
        <ul class="legend">
          ${panel.lines.map((line, i) => this.renderLegend(line, i))}
        </ul>
      </div>
      <div class="chart-canvas" role="img" aria-label=${this.summary()} .style=${`height: ${this.heightPx()}px`}></div>
    `;
  }

  private renderLegend(line: Line, i: number): TemplateResult {
    const at = this.plot?.cursor.idx;
    const shown = at != null ? this.nearest(i, at) : line.mean[line.mean.length - 1];
    return html`<li>
      <svg class="key" viewBox="0 0 16 4" aria-hidden="true">
        <line x1="0" x2="16" y1="2" y2="2" stroke-width="2" stroke-dasharray=${line.dash.join(' ')} .style=${`stroke: var(${line.colour})`} />
      </svg>
      ${line.sensor}${this.panel.lines.some((l) => l.metric !== line.metric) ? ` ${line.metric}` : ''}
      <span class="legend-value">${shown == null ? '–' : measured(shown, this.panel.unit, false, this.span())}</span>
    </li>`;
  }

  protected override updated(changed: PropertyValues): void {
    const shape = JSON.stringify([isUtc(), this.panel.lines.map((l) => [l.key, l.dash]), this.withAxis, this.plotHeight, devicePixelRatio]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.build();
    } else if (this.plot && ['revision', 'panel', 'intervalS', 'marks'].some((property) => changed.has(property))) {
      this.fill();
    } else if (this.plot && (changed.has('fromS') || changed.has('toS'))) {
      this.plot.setScale('x', { min: this.fromS, max: this.toS });
    }
  }

  private fill(): void {
    if (!this.plot) return;
    this.plot.batch(() => {
      this.plot!.setData(aligned(this.panel.lines, this.intervalS, this.marks ?? []) as uPlot.AlignedData, false);
      this.plot!.setScale('x', { min: this.fromS, max: this.toS });
    });
    // What is under a pointer that rests changes with the data.
    const { left, top } = this.plot.cursor;
    if (left != null && left >= 0) this.plot.setCursor({ left, top: top ?? 0 });
  }

  private build(): void {
    this.plot?.destroy();
    const host = this.canvasHost();
    host.replaceChildren();
    const data = aligned(this.panel.lines, this.intervalS, this.marks ?? []) as uPlot.AlignedData;
    this.plot = new uPlot(this.options(host.clientWidth || 600), data, host);
    this.addTooltip();
    this.addWheel();
    this.addPanning();
  }

  private fit(): void {
    const width = this.canvasHost().clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.heightPx() });
  }

  /** From the lowest to the highest value that the axis shows. */
  private span(): number {
    const { min, max } = this.plot?.scales['y'] ?? {};
    return min == null || max == null ? 0 : max - min;
  }

  private heightPx(): number {
    return this.plotHeight + (this.withAxis ? X_AXIS_PX : 0);
  }

  private options(width: number): uPlot.Options {
    const grid = colour('--c-line');
    const text = colour('--c-text-3');
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    return {
      width,
      height: this.heightPx(),
      tzDate: (seconds) => (isUtc() ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
      padding: [8, RIGHT_PAD_PX, this.withAxis ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: 'device', setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        bind: { dblclick: () => () => (this.send('range-back'), null) },
      },
      scales: {
        x: { time: true, range: () => [this.fromS, this.toS] },
        y: { range: (_u, min, max) => yRange(min, max) },
      },
      axes: [
        {
          show: true,
          size: this.withAxis ? X_AXIS_PX : 0,
          space: Math.max(72, width / 6),
          incrs: X_STEPS_S,
          stroke: text,
          font,
          grid: { stroke: grid, width: 1 },
          ticks: { stroke: grid, width: 1, size: this.withAxis ? 4 : 0 },
          values: (_u, splits, _axis, _space, step) => splits.map((s) => (this.withAxis ? timeLabel(s, step) : '')),
        },
        {
          size: Y_AXIS_PX,
          space: this.plotHeight / 4.5,
          stroke: text,
          font,
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          values: (_u, splits, _axis, _space, step) => splits.map((v) => axisValue(v, step)),
        },
      ],
      series: [{}, ...this.panel.lines.flatMap((line) => this.seriesOf(line))],
      bands: this.panel.lines.map((line, i) => ({
        series: [i * COLUMNS_PER_LINE + 3, i * COLUMNS_PER_LINE + 2] as [number, number],
        fill: withOpacity(colour(line.colour), BAND_OPACITY),
      })),
      hooks: {
        drawClear: [(u) => this.drawMarks(u)],
        setSelect: [(u) => this.onSelect(u)],
        setCursor: [() => this.onCursor()],
      },
    };
  }

  private seriesOf(line: Line): uPlot.Series[] {
    const stroke = colour(line.colour);
    const hidden: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } };
    return [
      {
        label: line.key,
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

  private drawMarks(u: uPlot): void {
    const { ctx } = u;
    for (const mark of this.marks ?? []) {
      const left = Math.max(u.bbox.left, u.valToPos(mark.from, 'x', true));
      const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(mark.to, 'x', true));
      if (right <= u.bbox.left || left >= u.bbox.left + u.bbox.width) continue;
      ctx.save();
      ctx.fillStyle = withOpacity(colour(`--c-${mark.state}`), MARK_OPACITY);
      ctx.fillRect(left, u.bbox.top, Math.max(2, right - left), u.bbox.height);
      ctx.restore();
    }
  }

  private onSelect(u: uPlot): void {
    const { left, width } = u.select;
    const isOurs = this.isDragged;
    this.isDragged = false;
    if (width < DRAG_MIN_PX) return;
    const from = u.posToVal(left, 'x');
    const to = u.posToVal(left + width, 'x');
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (isOurs) this.send('range-zoom', { fromMs: from * 1000, toMs: to * 1000 });
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
    over.addEventListener('mousedown', () => (this.isDragged = true));
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
    const rows = this.panel.lines.map((line, i) => ({ line, i, mean: this.nearest(i, idx) })).filter((row) => row.mean != null);
    rows.sort((a, b) => b.mean! - a.mean!);
    box.replaceChildren(...this.tooltipRows(u.data[0][idx]!, rows as { line: Line; i: number; mean: number }[], idx), ...this.tooltipGaps(u.posToVal(left, 'x')));
    box.hidden = false;
    const lineTop = u.valToPos(rows[0]?.mean ?? 0, 'y');
    box.classList.toggle('below', lineTop < u.over.clientHeight / 2); // where it hides less of the line
    const room = u.over.clientWidth - left;
    box.style.left = room < box.offsetWidth + 16 ? `${Math.max(0, left - box.offsetWidth - 12)}px` : `${left + 12}px`;
  }

  private tooltipRows(seconds: number, rows: { line: Line; i: number; mean: number }[], idx: number): HTMLElement[] {
    const head = document.createElement('div');
    head.className = 'tooltip-time';
    head.textContent = `${clockDate(seconds * 1000)} ${zone(seconds * 1000)}`;
    const list = rows.map(({ line, i, mean }) => {
      const row = document.createElement('div');
      const low = this.at(i, 1, idx);
      const high = this.at(i, 2, idx);
      const texts = [low, high].map((v) => (v == null ? '' : valueWithin(v, this.span())));
      const range = texts[0] !== texts[1] ? ` (${texts.join(' to ')})` : '';
      const name = document.createElement('span');
      const mark = document.createElement('i');
      mark.className = 'line-mark';
      mark.style.background = `var(${line.colour})`;
      name.append(mark, line.sensor);
      const text = document.createElement('span');
      text.textContent = `${valueWithin(mean, this.span())} ${this.panel.unit}${range}`;
      row.append(name, text);
      return row;
    });
    return [head, ...list];
  }

  /** Why there is nothing under the cursor. */
  private tooltipGaps(seconds: number): HTMLElement[] {
    const here = (this.marks ?? []).filter((mark) => mark.from <= seconds && seconds < mark.to);
    return here.map((mark) => {
      const row = document.createElement('div');
      row.className = 'tooltip-gap';
      row.textContent = mark.label;
      row.style.color = `var(--c-${mark.state})`;
      return row;
    });
  }

  private at(line: number, column: 0 | 1 | 2, idx: number): number | null | undefined {
    return this.plot!.data[1 + line * COLUMNS_PER_LINE + column]![idx];
  }

  /** The mean at that index or, where this line has no point, at the nearest one before it that is not across a gap. */
  private nearest(line: number, idx: number): number | null {
    for (let i = idx; i >= 0; i--) {
      const v = this.at(line, 0, i);
      if (v === null) return null;
      if (v !== undefined) return v;
    }
    return null;
  }

  private addWheel(): void {
    const { over } = this.plot!;
    over.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const at = this.plot!.posToVal(event.offsetX, 'x');
        const factor = event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP;
        this.send('range-zoom', { fromMs: (at - (at - this.fromS) * factor) * 1000, toMs: (at + (this.toS - at) * factor) * 1000 });
      },
      { passive: false },
    );
  }

  /** Shift-drag moves the time; the other charts follow when the button is let go. */
  private addPanning(): void {
    const { over } = this.plot!;
    over.addEventListener(
      'mousedown',
      (down) => {
        if (!down.shiftKey || down.button !== 0) return;
        down.stopImmediatePropagation();
        down.preventDefault();
        const { fromS, toS } = this;
        const shift = (event: MouseEvent): number => ((down.clientX - event.clientX) / over.clientWidth) * (toS - fromS);
        const onMove = (event: MouseEvent): void => {
          this.fromS = fromS + shift(event);
          this.toS = toS + shift(event);
        };
        const onUp = (event: MouseEvent): void => {
          window.removeEventListener('mousemove', onMove);
          const by = shift(event);
          if (by !== 0) this.send('range-zoom', { fromMs: (fromS + by) * 1000, toMs: (toS + by) * 1000 });
        };
        window.addEventListener('mousemove', onMove);
        window.addEventListener('mouseup', onUp, { once: true });
      },
      { capture: true },
    );
  }

  private summary(): string {
    const { panel } = this;
    const range = `${clockDate(this.fromS * 1000)} to ${clockDate(this.toS * 1000)} ${zone()}`;
    const lines = panel.lines.map((line) => {
      const inView = line.times.map((_t, i) => i).filter((i) => line.times[i]! >= this.fromS && line.times[i]! <= this.toS);
      if (inView.length === 0) return `${line.sensor}: nothing stored`;
      const low = Math.min(...inView.map((i) => line.min[i]!));
      const high = Math.max(...inView.map((i) => line.max[i]!));
      return `${line.sensor}: from ${value(low)} to ${value(high)}, last ${value(line.mean[inView[inView.length - 1]!]!)} ${panel.unit}`;
    });
    return `${panel.title}, ${range}. ${lines.join('. ')}.`;
  }

  private canvasHost(): HTMLElement {
    return this.querySelector<HTMLElement>('.chart-canvas')!;
  }
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const X_STEPS_S = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 3, 5, 10, 15, 30].map((n) => n * MINUTE_S),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR_S),
  ...[1, 2, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY_S),
];

/** A tick of the time axis: the day at midnight, else the time as finely as the ticks are. */
function timeLabel(seconds: number, step: number): string {
  const text = clockDate(seconds * 1000);
  const time = text.slice(11);
  if (step >= DAY_S || (time === '00:00:00' && step >= HOUR_S)) return text.slice(5, 10);
  if (step >= MINUTE_S) return time.slice(0, 5);
  return step >= 1 ? time : `${time}.${Math.floor((seconds % 1) * 10 + 1e-6)}`;
}

/** Some air above and below; a line that never changes still gets a scale. */
function yRange(min: number | null, max: number | null): [number, number] {
  if (min == null || max == null) return [0, 1];
  const span = max - min || Math.max(Math.abs(max) * 0.01, 1e-6);
  return [min - span * 0.12, max + span * 0.12];
}

function axisValue(v: number, step: number): string {
  const size = Math.abs(v);
  if (v !== 0 && (size >= 1e7 || step < 1e-4)) return value(v);
  const decimals = [0, 1, 2, 3].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 4;
  return v.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace('-', '−');
}

function withOpacity(resolved: string, opacity: number): string {
  return `color-mix(in srgb, ${resolved} ${opacity * 100}%, transparent)`;
}

customElements.define('tm-chart', TimeChart);
