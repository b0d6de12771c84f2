// A store that asks again and again: while the feed is not paused, until it has what it shows.
import { Repeater } from './backoff';
import { feed } from './feed';

export abstract class PollingStore extends EventTarget {
  private readonly repeater: Repeater;

  /** @param pauseMs how long to wait after an answer */
  protected constructor(pauseMs: () => number) {
    super();
    this.repeater = new Repeater(() => this.refresh(), pauseMs);
  }

  /** Asks once, and tells the feed how it went; what it throws slows down the asking. */
  protected abstract refresh(): Promise<void>;

  /** Whether there is something to show: a paused page waits for that. */
  protected abstract get isShown(): boolean;

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

  /** Asks at once, also while paused: something was changed here, or another question is asked. */
  readonly now = (): void => {
    this.repeater.start();
    this.repeater.now();
  };

  /** Asks something else, at once: whoever calls this has aborted what was under way. */
  protected restart(): void {
    this.repeater.stop();
    this.repeater.start();
  }

  /** Asks no more while the feed is paused. */
  protected rest(): void {
    if (feed.paused) this.repeater.stop();
  }

  private readonly onFeed = (): void => {
    if (feed.paused && this.isShown) this.repeater.stop();
    else this.repeater.start();
    this.changed();
  };

  protected changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
