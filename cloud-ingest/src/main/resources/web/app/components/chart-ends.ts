// The marks at the ends of a chart's lines, by which many of them are told apart.
import type uPlot from 'uplot';
import type { Line } from '../lib/series-model';
import { colour } from '../lib/theme';

/** From one mark to the next below it. */
const STEP_PX = 13;
const HALO_PX = 4;

/** Draws each where its line ends within these times, in seconds since 1970; those that would lie on each other one below the other. */
export function drawEnds(u: uPlot, lines: Line[], fromS: number, toS: number): void {
  const { ctx, bbox } = u;
  const px = devicePixelRatio;
  const ends = lines.flatMap((line) => {
    const at = line.times.findLastIndex((t) => t <= toS);
    if (line.mark === '' || at < 0 || line.times[at]! < fromS) return [];
    return [{ line, x: u.valToPos(line.times[at]!, 'x', true), y: u.valToPos(line.mean[at]!, line.axis, true) }];
  });
  ends.sort((a, b) => a.y - b.y);
  ctx.save();
  ctx.font = `600 ${11 * px}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = HALO_PX * px;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colour('var(--c-bg)');
  let above = -Infinity;
  for (const { line, x, y } of ends) {
    const top = Math.max(y, above + STEP_PX * px, bbox.top + (STEP_PX * px) / 2);
    above = top;
    const right = Math.min(x + STEP_PX * px, bbox.left + bbox.width - 2 * px);
    ctx.strokeText(line.mark, right, top);
    ctx.fillStyle = colour(line.colour);
    ctx.fillText(line.mark, right, top);
  }
  ctx.restore();
}
