// A task that runs again and again: at its pace while it succeeds, ever more slowly (to a limit) while it fails.

const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 30_000;

export class Repeater {
  private timer = 0;
  private failures = 0;
  private running = false;
  private started = false;
  private again = false;
  /** Counts starts: a run that outlives its stop must not schedule another. */
  private generation = 0;
  /** When the next try is due, in milliseconds since 1970; 0 while one runs. */
  nextAt = 0;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly pauseMs: () => number,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    this.failures = 0;
    document.addEventListener('visibilitychange', this.onVisible);
    void this.run(++this.generation);
  }

  stop(): void {
    this.started = false;
    this.generation++;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.onVisible);
  }

  /** Runs now, or right after the run under way. */
  now(): void {
    if (!this.started) return;
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    void this.run(this.generation);
  }

  private readonly onVisible = (): void => {
    if (!document.hidden) this.now();
  };

  private async run(generation: number): Promise<void> {
    this.running = true;
    this.again = false;
    this.nextAt = 0;
    let isGood = true;
    try {
      await this.task();
    } catch {
      // The task has told the page what was wrong; here only the pace changes.
      isGood = false;
    }
    if (generation !== this.generation) return;
    this.running = false;
    this.failures = isGood ? 0 : this.failures + 1;
    if (this.again && isGood) void this.run(generation);
    else this.schedule();
  }

  private schedule(): void {
    if (document.hidden) return; // visibilitychange goes on
    const pause = this.failures === 0 ? this.pauseMs() : backoffMs(this.failures);
    this.nextAt = Date.now() + pause;
    this.timer = window.setTimeout(() => void this.run(this.generation), pause);
  }
}

/** 1 s, 2 s, 4 s ... 30 s, each with up to a fifth of jitter so that many pages do not come back at once. */
export function backoffMs(failures: number): number {
  const base = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(failures - 1, 10));
  return base * (0.8 + 0.2 * Math.random());
}
