// What a chart says of stretches of time: behind its lines a shade for each, and in words what is no gap.
import type uPlot from 'uplot';
import type { Mark } from '../lib/gaps';
import { colour } from '../lib/theme';

const MARK_OPACITY = 0.12;
const WORDS_PAD_PX = 8;

/** Shades them. What was late is there, and is not. */
export function drawMarks(u: uPlot, marks: Mark[]): void {
  const { ctx, bbox } = u;
  for (const mark of marks) {
    const place = mark.state === 'late' ? null : placeOf(u, mark);
    if (place === null) continue;
    ctx.save();
    ctx.fillStyle = withOpacity(colour(`var(--c-${mark.state})`), MARK_OPACITY);
    ctx.fillRect(place.left, bbox.top, Math.max(2, place.right - place.left), bbox.height);
    ctx.restore();
  }
}

/** Names what is being summed up where it will be drawn, if there is room for that. */
export function drawWords(u: uPlot, marks: Mark[]): void {
  const { ctx, bbox } = u;
  const px = devicePixelRatio;
  for (const mark of marks) {
    const place = mark.state === 'summing' ? placeOf(u, mark) : null;
    if (place === null) continue;
    ctx.save();
    ctx.font = `${12 * px}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = colour(`var(--c-${mark.state})`);
    const isRoom = ctx.measureText(mark.label).width + 2 * WORDS_PAD_PX * px <= place.right - place.left;
    if (isRoom) ctx.fillText(mark.label, (place.left + place.right) / 2, bbox.top + bbox.height / 2);
    ctx.restore();
  }
}

/** In pixels of the canvas; null if nothing of it is in sight. */
function placeOf(u: uPlot, mark: Mark): { left: number; right: number } | null {
  const end = u.bbox.left + u.bbox.width;
  const left = Math.max(u.bbox.left, u.valToPos(mark.from, 'x', true));
  const right = Math.min(end, u.valToPos(mark.to, 'x', true));
  return right <= u.bbox.left || left >= end ? null : { left, right };
}

export function withOpacity(resolved: string, opacity: number): string {
  return `color-mix(in srgb, ${resolved} ${opacity * 100}%, transparent)`;
}
