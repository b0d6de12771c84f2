// A chart's axes, as uPlot wants them; the times under it are drawn here, as uPlot would let the last one be cut off.
import type uPlot from 'uplot';
import { AXIS_FONT_PX, axisValue, timeLabel, X_STEPS_S, Y_STEPS, Y_TICKS_MAX } from '../lib/chart-axes';
import { colour } from '../lib/theme';

export const X_AXIS_PX = 26;
const TICK_PX = 4;
const TICK_GAP_PX = 5;
/** From one time to the next, at least. */
const TIMES_PX = 72;
/** Between the last time and the chart's edge. */
const EDGE_PX = 2;

/** How a chart's axes look; lengths in pixels. */
export interface AxesLook {
  width: number;
  plotHeight: number;
  /** Whether the times stand under it. */
  withTimes: boolean;
  /** Of an axis of values. */
  valuesWidth: number;
  /** Whether there is a second one, at the right. */
  right: boolean;
}

export interface Axes {
  axes: uPlot.Axis[];
  /** Draws the times, each under its tick as far as the chart has room there. */
  drawTimes: (u: uPlot) => void;
}

export function axesOf({ width, plotHeight, withTimes, valuesWidth, right }: AxesLook): Axes {
  const grid = { stroke: colour('var(--c-line)'), width: 1 };
  const stroke = colour('var(--c-text-3)');
  const family = getComputedStyle(document.body).fontFamily;
  const text = { stroke, font: `${AXIS_FONT_PX}px ${family}` };
  let times: [seconds: number, label: string][] = [];
  const y: uPlot.Axis = {
    ...text,
    scale: 'left',
    size: valuesWidth,
    space: plotHeight / Y_TICKS_MAX,
    incrs: Y_STEPS,
    grid,
    ticks: { show: false },
    values: (_u, splits, _axis, _space, step) => splits.map((v) => axisValue(v, step)),
  };
  const x: uPlot.Axis = {
    ...text,
    show: true,
    size: withTimes ? X_AXIS_PX : 0,
    space: Math.max(TIMES_PX, width / 6),
    incrs: X_STEPS_S,
    grid,
    ticks: { ...grid, size: withTimes ? TICK_PX : 0 },
    values: (_u, splits, _axis, _space, step) => {
      times = withTimes ? splits.map((s) => [s, timeLabel(s, step)]) : [];
      return splits.map(() => '');
    },
  };
  const drawTimes = (u: uPlot): void => {
    const { ctx, bbox } = u;
    const px = devicePixelRatio;
    ctx.save();
    ctx.font = `${AXIS_FONT_PX * px}px ${family}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    ctx.fillStyle = stroke;
    for (const [seconds, label] of times) {
      const room = ctx.canvas.width - EDGE_PX * px - ctx.measureText(label).width / 2;
      ctx.fillText(label, Math.min(u.valToPos(seconds, 'x', true), room), bbox.top + bbox.height + (TICK_PX + TICK_GAP_PX) * px);
    }
    ctx.restore();
  };
  return { axes: right ? [x, y, { ...y, scale: 'right', side: 1, grid: { show: false } }] : [x, y], drawTimes };
}
