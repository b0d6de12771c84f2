// The gateways and their changes as last known: asked for every two seconds.
import { Repeater } from './backoff';
import { feed } from './feed';
import { fetchChanges, fetchGateways, type Change, type Gateway } from './gateways';
import type { ApiError } from './http';

const PAUSE_MS = 2000;

export class GatewayStore extends EventTarget {
  gateways: Gateway[] = [];
  changes: Change[] = [];
  /** From when on changes are known, in milliseconds since 1970. */
  changesFromMs = 0;
  asOf = 0;
  loaded = false;
  private readonly repeater = new Repeater(
    () => this.refresh(),
    () => PAUSE_MS,
  );

  /** @param spanMs how far back changes are wanted */
  constructor(private readonly spanMs: () => number) {
    super();
  }

  start(): void {
    feed.addEventListener('change', this.onFeed);
    feed.addEventListener('retry', this.now);
    this.onFeed();
  }

  stop(): void {
    feed.removeEventListener('change', this.onFeed);
    feed.removeEventListener('retry', this.now);
    this.repeater.stop();
  }

  get retryAt(): number {
    return this.repeater.nextAt;
  }

  /** Asks at once, also while paused: another span is another question. */
  readonly now = (): void => {
    this.repeater.start();
    this.repeater.now();
  };

  private readonly onFeed = (): void => {
    if (feed.paused && this.loaded) this.repeater.stop();
    else this.repeater.start();
    this.dispatchEvent(new Event('change'));
  };

  private async refresh(): Promise<void> {
    const fromMs = Date.now() - this.spanMs();
    try {
      [this.gateways, this.changes] = await Promise.all([fetchGateways(), fetchChanges(fromMs)]);
    } catch (cause) {
      feed.failed(cause as ApiError);
      this.dispatchEvent(new Event('change'));
      throw cause;
    }
    this.changesFromMs = fromMs;
    this.asOf = Date.now();
    this.loaded = true;
    feed.succeeded();
    if (feed.paused) this.repeater.stop();
    this.dispatchEvent(new Event('change'));
  }
}
