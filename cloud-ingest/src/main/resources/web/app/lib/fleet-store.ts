// The devices as last known: from the list, kept fresh by the stream, and remembered for the next first paint.
import { fetchDevices, type Device, type Reading, type Sums } from './api';
import { Repeater } from './backoff';
import { feed } from './feed';
import { parseTime } from './format';
import { Stream } from './stream';
import { session } from './session';
import { recall, remember } from './theme';

const REMEMBERED_KEY = 'tidemark.fleet.v1';
const REMEMBERED_MAX_DEVICES = 200;
const REMEMBER_EVERY_MS = 10_000;
const SMALL_FLEET_MAX_DEVICES = 300;
const SMALL_FLEET_PAUSE_MS = 2000;
const LARGE_FLEET_PAUSE_MS = 10_000;
const NOTIFY_EVERY_MS = 250;
const LARGE_FLEET_NOTIFY_EVERY_MS = 1000;

export class FleetStore extends EventTarget {
  readonly devices = new Map<string, Device>();
  /** The newest reading of each device that the stream has brought. */
  readonly newest = new Map<string, Reading>();
  /** Counts changes: what was computed of an older one is out of date. */
  version = 0;
  /** When the list was last fetched; before that the remembered time, or 0. */
  asOf = 0;
  loaded = false;
  private notifyTimer = 0;
  private rememberedAt = 0;
  private readonly repeater = new Repeater(
    () => this.refresh(),
    () => (this.isLarge() ? LARGE_FLEET_PAUSE_MS : SMALL_FLEET_PAUSE_MS),
  );
  private readonly stream = new Stream(null, {
    open: (isOpen) => feed.stream(isOpen),
    gap: () => this.repeater.now(),
    reading: (reading) => this.onReading(reading),
    status: (change) => this.change(change.device, { status: change.status, lastSeen: change.lastSeen, will: change.will }),
    ledger: (change) => this.onLedger(change),
  });

  constructor() {
    super();
    this.recallLast();
  }

  start(): void {
    feed.addEventListener('change', this.onFeed);
    feed.addEventListener('retry', this.onRetry);
    this.onFeed();
  }

  stop(): void {
    feed.removeEventListener('change', this.onFeed);
    feed.removeEventListener('retry', this.onRetry);
    this.repeater.stop();
    this.stream.stop();
    clearTimeout(this.notifyTimer);
    this.notifyTimer = 0;
  }

  get retryAt(): number {
    return this.repeater.nextAt;
  }

  private readonly onFeed = (): void => {
    if (feed.paused && this.loaded) {
      this.repeater.stop();
      this.stream.stop();
    } else {
      this.repeater.start();
      if (!feed.paused) this.stream.start();
    }
    this.notify();
  };

  private readonly onRetry = (): void => {
    this.repeater.now();
    this.stream.now();
  };

  private async refresh(): Promise<void> {
    let list: Device[];
    try {
      list = await fetchDevices();
    } catch (cause) {
      feed.failed(cause);
      this.notify();
      throw cause;
    }
    feed.succeeded();
    const gone = new Set(this.devices.keys());
    for (const device of list) {
      this.devices.set(device.device, device);
      gone.delete(device.device);
    }
    for (const device of gone) this.devices.delete(device);
    this.asOf = Date.now();
    const isFirst = !this.loaded;
    this.loaded = true;
    if (this.asOf - this.rememberedAt > REMEMBER_EVERY_MS) this.rememberNow();
    if (feed.paused) this.repeater.stop();
    this.notify();
    if (isFirst) this.notifyNow(); // somebody waits for it
  }

  private onReading(reading: Reading & { device: string }): void {
    const device = this.devices.get(reading.device);
    if (!device) {
      this.repeater.now(); // a device not seen before
      return;
    }
    const known = this.newest.get(reading.device);
    if (!known || parseTime(reading.time) >= parseTime(known.time)) this.newest.set(reading.device, reading);
    this.notify();
  }

  private onLedger(change: { device?: string; totals?: Sums } & Partial<Sums>): void {
    const sums = change.totals ?? (change.produced === undefined ? undefined : (change as unknown as Sums));
    if (change.device !== undefined && sums) this.change(change.device, { ledger: sums });
  }

  private change(name: string, change: Partial<Device>): void {
    const device = this.devices.get(name);
    if (!device) return;
    this.devices.set(name, { ...device, ...change });
    this.notify();
  }

  private notify(): void {
    this.version++;
    if (this.notifyTimer) return;
    this.notifyTimer = window.setTimeout(() => this.notifyNow(), this.isLarge() ? LARGE_FLEET_NOTIFY_EVERY_MS : NOTIFY_EVERY_MS);
  }

  private notifyNow(): void {
    clearTimeout(this.notifyTimer);
    this.notifyTimer = 0;
    this.dispatchEvent(new Event('change'));
  }

  private isLarge(): boolean {
    return this.devices.size > SMALL_FLEET_MAX_DEVICES;
  }

  private rememberNow(): void {
    this.rememberedAt = this.asOf;
    const some = [...this.devices.values()].slice(0, REMEMBERED_MAX_DEVICES);
    const isKept = isForEverybody() && some.length === this.devices.size;
    remember(REMEMBERED_KEY, isKept ? JSON.stringify({ asOf: this.asOf, devices: some }) : null);
  }

  private recallLast(): void {
    if (!isForEverybody()) return remember(REMEMBERED_KEY, null);
    try {
      const kept = JSON.parse(recall(REMEMBERED_KEY) ?? 'null') as { asOf: number; devices: Device[] } | null;
      if (!kept) return;
      this.asOf = kept.asOf;
      for (const device of kept.devices) this.devices.set(device.device, device);
    } catch {
      remember(REMEMBERED_KEY, null); // written by another version
    }
  }
}

/** Whoever uses this browser next need not be one who may see it: so it is kept only where nobody has to log in. */
function isForEverybody(): boolean {
  return session.now?.security !== 'on';
}
