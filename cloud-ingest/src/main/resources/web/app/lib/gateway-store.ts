// The gateways and their changes as last known: asked for every two seconds.
import { feed } from './feed';
import { fetchChanges, fetchGateways, type Changes, type Gateway } from './gateways';
import { PollingStore } from './polling-store';

const PAUSE_MS = 2000;

export class GatewayStore extends PollingStore {
  gateways: Gateway[] = [];
  known: Changes = { changes: [], fromMs: 0, isCut: false };
  asOf = 0;
  loaded = false;

  /** @param spanMs how far back changes are wanted */
  constructor(private readonly spanMs: () => number) {
    super(() => PAUSE_MS);
  }

  protected override get isShown(): boolean {
    return this.loaded;
  }

  protected override async refresh(): Promise<void> {
    const fromMs = Date.now() - this.spanMs();
    try {
      [this.gateways, this.known] = await Promise.all([fetchGateways(), fetchChanges(fromMs)]);
    } catch (cause) {
      feed.failed(cause);
      this.changed();
      throw cause;
    }
    this.asOf = Date.now();
    this.loaded = true;
    feed.succeeded();
    this.rest();
    this.changed();
  }
}
