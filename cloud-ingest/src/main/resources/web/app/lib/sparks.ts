// Sparklines' data: fetched for the rows one sees, a few at a time, and again when old.
import { fetchPoints, type Point, type Series } from './api';
import { compareMetrics, metricSeries, metricUnit } from './metrics';

export interface Spark {
  metric: string;
  unit: string;
  series: number;
  points: Point[];
  fromMs: number;
  toMs: number;
}

const AT_ONCE_MAX_REQUESTS = 3;
const FRESH_MS = 15_000;
const POINTS = 60;

export class Sparks {
  private readonly known = new Map<string, { at: number; spark: Spark | null }>();
  private readonly wanted = new Set<string>();
  private readonly running = new Set<string>();

  constructor(private readonly changed: () => void) {}

  /** What is known, perhaps a little old; asks for newer when it is time. */
  get(device: string, windowMs: number, mayFetch: boolean): Spark | null | undefined {
    const entry = this.known.get(device);
    if (mayFetch && (!entry || Date.now() - entry.at > FRESH_MS || (entry.spark !== null && windowOf(entry.spark) !== windowMs))) {
      this.want(device, windowMs);
    }
    return entry?.spark;
  }

  private want(device: string, windowMs: number): void {
    if (this.running.has(device) || this.wanted.has(device)) return;
    this.wanted.add(device);
    this.next(windowMs);
  }

  private next(windowMs: number): void {
    for (const device of this.wanted) {
      if (this.running.size >= AT_ONCE_MAX_REQUESTS) return;
      this.wanted.delete(device);
      this.running.add(device);
      void this.fetch(device, windowMs).finally(() => {
        this.running.delete(device);
        this.next(windowMs);
      });
    }
  }

  private async fetch(device: string, windowMs: number): Promise<void> {
    const toMs = Date.now();
    const fromMs = toMs - windowMs;
    try {
      const { series } = await fetchPoints(device, fromMs, toMs, POINTS, null);
      this.known.set(device, { at: Date.now(), spark: choose(series, fromMs, toMs) });
      this.changed();
    } catch {
      // The list's own fetching tells what is wrong; a sparkline stays as it was and waits its time.
      this.known.set(device, { at: Date.now(), spark: this.known.get(device)?.spark ?? null });
    }
  }
}

function windowOf(spark: Spark): number {
  return spark.toMs - spark.fromMs;
}

function choose(series: Series[], fromMs: number, toMs: number): Spark | null {
  const first = [...series].filter((s) => s.points.length > 0).sort((a, b) => compareMetrics(a.metric, b.metric))[0];
  if (!first) return null;
  const { metric, points } = first;
  return { metric, unit: metricUnit(metric, first.unit), series: metricSeries(metric), points, fromMs, toMs };
}
