// What pointers do on a chart: a drag (of a finger: sideways) selects the time that is zoomed to; with shift, or of two fingers, it moves
// the time; the wheel with Ctrl zooms where the pointer is. Every chart of the page shows what goes on, as they share their time.
import uPlot from 'uplot';

/** Charts of this key share their time and their cursor. */
export const SYNC_KEY = 'device';
/** Told the window when no pointer selects or moves any more: what had to wait for that is due. */
export const HAND_OFF = 'hand-off';
const ZOOM_STEP = 1.4;
const DRAG_MIN_PX = 4;
/** A finger that taps moves a little. */
const TOUCH_DRAG_MIN_PX = 16;
/** Fingers that are nearer to each other than this move the time, but do not stretch it. */
const PINCH_MIN_PX = 32;

/** A stretch of time, in seconds since 1970. */
export interface View {
  fromS: number;
  toS: number;
}

export interface GestureActions {
  /** What the page wants shown now. */
  view(): View;
  /** @param isWheel whether more of the same may follow at once */
  zoom(view: View, isWheel: boolean): void;
}

interface Pointer {
  /** In pixels from the plot's left. */
  x: number;
  /** The time that it holds, in seconds since 1970. */
  s: number;
}

/** Of one chart at a time: there is one hand. */
let active: ChartGestures | null = null;

/** What charts show while a pointer selects or moves, so that no clock moves it away underneath; null while none does. */
export function heldView(): View | null {
  return active?.held ?? null;
}

export class ChartGestures {
  held: View;
  private readonly pointers = new Map<number, Pointer>();
  private isMove = false;
  private hasMoved = false;
  private startX = 0;

  constructor(
    private readonly plot: uPlot,
    private readonly actions: GestureActions,
  ) {
    this.held = actions.view();
    plot.over.addEventListener('pointerdown', this.onDown);
    plot.over.addEventListener('mousedown', keepSelection);
    plot.over.addEventListener('wheel', this.onWheel, { passive: false });
  }

  /** Ends what goes on, and nothing comes of it. Whoever destroys the plot calls this before. */
  cancel(): void {
    if (active !== this) return;
    active = null;
    this.pointers.clear();
    window.removeEventListener('pointermove', this.onMove);
    window.removeEventListener('pointerup', this.onUp);
    window.removeEventListener('pointercancel', this.onCancel);
    this.select(0, 0);
    this.show(this.actions.view());
    window.dispatchEvent(new Event(HAND_OFF));
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || (active !== null && active !== this) || this.pointers.size === 2) return;
    if (this.pointers.size === 0) this.begin(event);
    const x = this.x(event);
    this.pointers.set(event.pointerId, { x, s: 0 });
    if (this.pointers.size === 2) {
      this.isMove = true;
      this.select(0, 0);
    }
    for (const pointer of this.pointers.values()) pointer.s = this.plot.posToVal(pointer.x, 'x');
  };

  private begin(event: PointerEvent): void {
    active = this;
    this.held = this.actions.view();
    this.isMove = event.shiftKey;
    this.hasMoved = false;
    this.startX = this.x(event);
    window.addEventListener('pointermove', this.onMove);
    window.addEventListener('pointerup', this.onUp);
    window.addEventListener('pointercancel', this.onCancel);
  }

  private readonly onMove = (event: PointerEvent): void => {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    pointer.x = this.x(event);
    if (this.isMove) {
      this.hasMoved = true;
      this.held = this.moved();
      this.show(this.held);
    } else {
      const [left, right] = this.selected(pointer.x);
      this.select(left, right - left);
    }
  };

  /** The first finger that is taken away ends it. */
  private readonly onUp = (event: PointerEvent): void => {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [left, right] = this.selected(pointer.x);
    const isZoom = right - left >= (event.pointerType === 'mouse' ? DRAG_MIN_PX : TOUCH_DRAG_MIN_PX);
    const view = this.isMove ? this.held : { fromS: this.plot.posToVal(left, 'x'), toS: this.plot.posToVal(right, 'x') };
    this.cancel();
    if (this.isMove ? this.hasMoved : isZoom) this.actions.zoom(view, false);
  };

  /** The finger scrolls the page: the browser has taken it over. */
  private readonly onCancel = (event: PointerEvent): void => {
    if (this.pointers.has(event.pointerId)) this.cancel();
  };

  private readonly onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (active !== null) return;
    const { fromS, toS } = this.actions.view();
    const at = this.plot.posToVal(event.offsetX, 'x');
    const factor = event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP;
    this.actions.zoom({ fromS: at - (at - fromS) * factor, toS: at + (toS - at) * factor }, true);
  };

  private x(event: PointerEvent): number {
    return event.clientX - this.plot.over.getBoundingClientRect().left;
  }

  /** From and to, in pixels from the plot's left. */
  private selected(x: number): [number, number] {
    const ends = [this.startX, x].map((end) => Math.min(this.plot.over.clientWidth, Math.max(0, end)));
    return [Math.min(...ends), Math.max(...ends)];
  }

  /** What has under each pointer the time that it holds. */
  private moved(): View {
    const width = this.plot.over.clientWidth;
    const [a, b] = [...this.pointers.values()] as [Pointer, Pointer?];
    let perPx = (this.held.toS - this.held.fromS) / width;
    if (b && Math.abs(b.x - a.x) >= PINCH_MIN_PX && (b.s - a.s) / (b.x - a.x) > 0) perPx = (b.s - a.s) / (b.x - a.x);
    const x = b ? (a.x + b.x) / 2 : a.x;
    const s = b ? (a.s + b.s) / 2 : a.s;
    return { fromS: s - x * perPx, toS: s + (width - x) * perPx };
  }

  private select(left: number, width: number): void {
    for (const plot of uPlot.sync(SYNC_KEY).plots) plot.setSelect({ left, width, top: 0, height: width && plot.over.clientHeight }, false);
  }

  private show({ fromS, toS }: View): void {
    for (const plot of uPlot.sync(SYNC_KEY).plots) plot.setScale('x', { min: fromS, max: toS });
  }
}

/** With shift the browser would extend a selection of text. */
function keepSelection(event: MouseEvent): void {
  if (event.shiftKey) event.preventDefault();
}
