// What the pages know about their connection: one place that says live, polling, lost or paused, and since when.
import { ApiError } from './http';
import { recall, remember } from './theme';

export type FeedState = 'live' | 'polling' | 'lost' | 'paused';

const PAUSED_KEY = 'tidemark.paused';

class Feed extends EventTarget {
  private streamOpen = false;
  paused = recall(PAUSED_KEY) === 'yes';
  /** The last time an answer came, in milliseconds since 1970; 0 if none did. */
  lastGoodAt = 0;
  failingSince: number | null = null;
  error: ApiError | null = null;

  get state(): FeedState {
    if (this.paused) return 'paused';
    if (this.failingSince !== null) return 'lost';
    return this.streamOpen ? 'live' : 'polling';
  }

  succeeded(): void {
    this.lastGoodAt = Date.now();
    if (this.failingSince === null) return;
    this.failingSince = null;
    this.error = null;
    this.changed();
  }

  failed(cause: unknown): void {
    this.error = cause instanceof ApiError ? cause : new ApiError('unreachable', 0, String(cause));
    this.failingSince ??= Date.now();
    this.changed();
  }

  stream(open: boolean): void {
    if (this.streamOpen === open) return;
    this.streamOpen = open;
    this.changed();
  }

  toggle(): void {
    this.paused = !this.paused;
    remember(PAUSED_KEY, this.paused ? 'yes' : null);
    this.changed();
  }

  /** Asks the pages to try at once. */
  retry(): void {
    this.dispatchEvent(new Event('retry'));
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

export const feed = new Feed();
