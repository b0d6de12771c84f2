// The live stream of server-sent events, with its own reconnection: the browser's gives up on some failures.
import { backoffMs } from './backoff';
import type { Reading, Sums, Will } from './api';

export interface StreamEvents {
  reading?: (reading: Reading & { device: string }) => void;
  status?: (change: { device: string; status: string; lastSeen: string; will: Will | null }) => void;
  ledger?: (change: { device?: string; totals?: Sums } & Partial<Sums>) => void;
  /** Events were missed: the current state must be fetched anew. */
  gap?: () => void;
  /** The stream was opened, or broke. */
  open?: (isOpen: boolean) => void;
}

const TYPES = ['reading', 'status', 'ledger'] as const;

export class Stream {
  private source: EventSource | null = null;
  private timer = 0;
  private failures = 0;
  private started = false;

  /** @param device whose events; null for all */
  constructor(
    private readonly device: string | null,
    private readonly events: StreamEvents,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    document.addEventListener('visibilitychange', this.onVisibility);
    this.connect();
  }

  stop(): void {
    this.started = false;
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.disconnect();
  }

  /** Connects at once if it is waiting to. */
  now(): void {
    if (!this.started || this.source) return;
    clearTimeout(this.timer);
    this.connect();
  }

  /** A hidden page holds no connection: over HTTP/1.1 a browser has only six for all its tabs. */
  private readonly onVisibility = (): void => {
    if (document.hidden) this.disconnect();
    else this.now();
  };

  private connect(): void {
    if (document.hidden) return;
    const query = this.device === null ? '' : `?device=${encodeURIComponent(this.device)}`;
    const source = new EventSource(`/api/v1/stream${query}`);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.events.open?.(true);
    };
    source.onerror = () => this.broken();
    source.addEventListener('gap', () => this.events.gap?.());
    for (const type of TYPES) {
      source.addEventListener(type, (event) => this.deliver(type, (event as MessageEvent<string>).data));
    }
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    this.events.open?.(false);
  }

  private broken(): void {
    this.source?.close();
    this.source = null;
    this.events.open?.(false);
    this.failures++;
    this.timer = window.setTimeout(() => this.connect(), backoffMs(this.failures));
  }

  private deliver(type: (typeof TYPES)[number], data: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch {
      return; // a cut-off event at the end of a broken connection
    }
    (this.events[type] as ((event: unknown) => void) | undefined)?.(parsed);
  }
}
