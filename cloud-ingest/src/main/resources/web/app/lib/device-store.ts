// One device as last known: its latest values, ledger and readings over a range, kept fresh by polling and the stream.
import {
  fetchDevice,
  fetchLatest,
  fetchLedger,
  fetchPoints,
  type Device,
  type DeviceLedger,
  type Reading,
} from './api';
import { Repeater } from './backoff';
import { feed } from './feed';
import { allMarks, fetchMarks, NO_MARKS, type Mark, type Marks } from './gaps';
import { isoSeconds, parseTime } from './format';
import { ApiError } from './http';
import { fetchSummary, type Group } from './quarantine';
import { append, panelsOf, type Panel } from './series-model';
import { Stream } from './stream';

const FACTS_PAUSE_MS = 2000;
const READINGS_PAUSE_MIN_MS = 5000;
const NOTIFY_EVERY_MS = 200;
/** How long the first answer about a range may take, and each that follows as long as it is not all: twice as long as the one before. */
const WITHIN_MIN_MS = 100;
const WITHIN_MAX_MS = 2000;
/** The ledger tells when readings are set aside; for messages that it does not count, one has to ask. */
const SET_ASIDE_PAUSE_MS = 20_000;

export class DeviceStore extends EventTarget {
  info: Device | null = null;
  latest: Reading[] = [];
  ledger: DeviceLedger | null = null;
  /** What is set aside of it, by reason: messages that no ledger counts among them. */
  quarantined: Group[] = [];
  panels: Panel[] = [];
  found: Marks = NO_MARKS;
  /** What was found, in the order in which it is drawn. */
  marks: Mark[] = [];
  /** From when on the panels have all there is, in seconds since 1970; null if of all that is shown. */
  summedFromS: number | null = null;
  intervalS = 1;
  /** Changes with every change of the panels' columns. */
  revision = 0;
  /** The facts have been fetched; the readings of the present range have been fetched. */
  factsLoaded = false;
  readingsLoaded = false;
  unknown = false;
  /** What the server said about a device it would not tell of, and about a range it would not serve. */
  factsProblem: string | null = null;
  readingsProblem: string | null = null;

  /** What was asked last without an answer: as long as there is any, it is not well though others are answered. */
  private readonly failing = new Set<Repeater>();
  private notifyTimer = 0;
  private isFindingGaps = false;
  /** The last answer was not all, though what is drawn may be. */
  private isSummingUp = false;
  private withinMs = WITHIN_MIN_MS;
  private setAsideAskedAt = 0;
  private abort = new AbortController();
  private readonly facts = new Repeater(
    () => this.refreshFacts(),
    () => FACTS_PAUSE_MS,
  );
  private readonly readings = new Repeater(
    () => this.refreshReadings(),
    () => (this.isSummingUp ? 0 : Math.max(READINGS_PAUSE_MIN_MS, this.intervalS * 1000)),
  );
  private readonly stream: Stream;

  /**
   * @param range the times to show, in milliseconds since 1970, and whether the end moves with the clock
   * @param points how many intervals the charts have room for
   */
  constructor(
    readonly device: string,
    private readonly range: () => { fromMs: number; toMs: number; moving: boolean },
    private readonly points: () => number,
  ) {
    super();
    this.stream = new Stream(device, {
      open: (isOpen) => feed.stream(isOpen),
      gap: () => this.onRetry(),
      reading: (reading) => this.onReading(reading),
      status: (change) => {
        if (this.info && change.device === device) this.info = { ...this.info, status: change.status, lastSeen: change.lastSeen, will: change.will };
        this.notify();
      },
      ledger: () => this.facts.now(),
    });
  }

  start(): void {
    feed.addEventListener('change', this.onFeed);
    feed.addEventListener('retry', this.onRetry);
    this.onFeed();
  }

  stop(): void {
    feed.removeEventListener('change', this.onFeed);
    feed.removeEventListener('retry', this.onRetry);
    this.facts.stop();
    this.readings.stop();
    this.stream.stop();
    this.abort.abort();
    clearTimeout(this.notifyTimer);
  }

  get retryAt(): number {
    const due = [...this.failing].map((one) => one.nextAt);
    return due.length === 0 ? this.facts.nextAt : Math.min(...due);
  }

  /** The range has changed: fetch its readings at once. */
  rangeChanged(): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.readingsLoaded = false;
    this.isSummingUp = false;
    this.withinMs = WITHIN_MIN_MS;
    this.readingsProblem = null;
    this.readings.stop();
    this.readings.start();
  }

  /** Something was said of the device: ask for it at once. */
  factsChanged(): void {
    this.facts.now();
  }

  private readonly onFeed = (): void => {
    if (feed.paused && this.factsLoaded && this.readingsLoaded && !this.isSummingUp) {
      this.facts.stop();
      this.readings.stop();
    } else {
      this.facts.start();
      this.readings.start();
    }
    if (feed.paused) this.stream.stop();
    else this.stream.start();
    this.notify();
  };

  private readonly onRetry = (): void => {
    this.facts.now();
    this.readings.now();
    this.stream.now();
  };

  private async refreshFacts(): Promise<void> {
    if (Date.now() - this.setAsideAskedAt >= SET_ASIDE_PAUSE_MS) void this.findSetAside();
    const refused = ({ status, message }: ApiError): void => {
      if (status === 404) this.unknown = true;
      else this.factsProblem = message;
    };
    await this.attempt(this.facts, refused, async () => {
      const [info, latest, ledger] = await Promise.all([
        fetchDevice(this.device),
        fetchLatest(this.device),
        fetchLedger(this.device),
      ]);
      this.info = info;
      this.latest = latest;
      const before = gapsKey(this.ledger);
      const wasSetAside = this.ledger?.totals.quarantined ?? ledger.totals.quarantined;
      this.ledger = ledger;
      if (ledger.totals.quarantined !== wasSetAside) void this.findSetAside();
      this.unknown = false;
      this.factsProblem = null;
      this.factsLoaded = true;
      if (this.readingsLoaded && gapsKey(ledger) !== before) void this.findGaps();
    });
    if (feed.paused) this.facts.stop();
  }

  private async refreshReadings(): Promise<void> {
    const { fromMs, toMs } = this.range();
    const { signal } = this.abort;
    const isFirst = !this.readingsLoaded;
    const refused = ({ message }: ApiError): void => {
      this.readingsProblem = message;
    };
    await this.attempt(this.readings, refused, async () => {
      const answer = await fetchPoints(this.device, fromMs, toMs, this.points(), this.withinMs, signal);
      const summedFromS = answer.summedFrom === undefined ? null : parseTime(answer.summedFrom) / 1000;
      this.isSummingUp = summedFromS !== null;
      this.withinMs = this.isSummingUp ? Math.min(WITHIN_MAX_MS, 2 * this.withinMs) : WITHIN_MIN_MS;
      // What is drawn is not taken away again while it is summed up anew.
      if (!isFirst && (summedFromS ?? -Infinity) > (this.summedFromS ?? -Infinity)) return;
      this.summedFromS = summedFromS;
      const isBlank = this.panels.length === 0;
      this.panels = panelsOf(answer.series);
      this.intervalS = isoSeconds(answer.interval) ?? (toMs - fromMs) / 1000 / this.points();
      this.readingsLoaded = true;
      this.readingsProblem = null;
      this.revision++;
      if (isBlank) this.tell(); // the first chart waits for nothing
    }, signal);
    if (this.isSummingUp) {
      // The ledger need not wait for that.
      if (isFirst) void this.findGaps();
      return;
    }
    if (feed.paused) this.readings.stop();
    await this.findGaps();
  }

  /** Also of a device of which nothing else has come. */
  private async findSetAside(): Promise<void> {
    this.setAsideAskedAt = Date.now();
    try {
      this.quarantined = (await fetchSummary(this.device)).groups;
      this.notify();
    } catch {
      this.setAsideAskedAt = 0; // with the next facts, whose failure says what is wrong
    }
  }

  private async findGaps(): Promise<void> {
    if (this.isFindingGaps) return;
    this.isFindingGaps = true;
    const { fromMs, toMs } = this.range();
    const { signal } = this.abort;
    try {
      const found = await fetchMarks(this.device, fromMs, toMs, this.points(), this.found, signal);
      if (signal.aborted) return;
      this.found = found;
      this.marks = allMarks(found);
      this.notify();
    } finally {
      this.isFindingGaps = false;
    }
  }

  /**
   * Does what somebody repeats, and tells the feed how it went.
   *
   * @param refused told of a refusal: that is about this device or range. Anything else is about the connection, or about what is behind it
   */
  private async attempt(repeater: Repeater, refused: (refusal: ApiError) => void, task: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    try {
      await task();
      this.answered(repeater);
    } catch (cause) {
      if (signal?.aborted) return;
      if (cause instanceof ApiError && cause.isRefusal) {
        this.answered(repeater);
        refused(cause);
      } else {
        this.failing.add(repeater);
        feed.failed(cause);
      }
      throw cause;
    } finally {
      this.notify();
    }
  }

  private answered(repeater: Repeater): void {
    this.failing.delete(repeater);
    if (this.failing.size === 0) feed.succeeded();
  }

  private onReading(reading: Reading & { device: string }): void {
    if (reading.device !== this.device) return;
    const at = this.latest.findIndex((r) => r.sensor === reading.sensor && r.kind === reading.kind);
    if (at < 0) this.latest = [...this.latest, reading];
    else if (parseTime(reading.time) >= parseTime(this.latest[at]!.time)) this.latest = this.latest.with(at, reading);
    if (this.readingsLoaded && this.range().moving) {
      if (append(this.panels, reading)) this.revision++;
      else this.readings.now();
    }
    this.notify();
  }

  private notify(): void {
    if (this.notifyTimer) return;
    this.notifyTimer = window.setTimeout(() => this.tell(), NOTIFY_EVERY_MS);
  }

  private tell(): void {
    clearTimeout(this.notifyTimer);
    this.notifyTimer = 0;
    this.dispatchEvent(new Event('change'));
  }
}

/** What of a ledger changes when gaps do, and not with every reading. */
function gapsKey(ledger: DeviceLedger | null): string {
  return JSON.stringify([ledger?.late, ledger?.epochs.map((e) => [e.epoch, e.missing, e.dropped, e.quarantined, e.waiting > 0])]);
}
