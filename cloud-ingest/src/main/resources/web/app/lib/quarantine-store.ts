// The quarantine as last known: its groups, as much of its list as was asked for, and what was done. Nothing that is shown
// moves or vanishes by itself: what came since is counted until it is asked for, and what has gone is marked.
import { Repeater } from './backoff';
import { feed } from './feed';
import { ApiError } from './http';
import { fetchActions, fetchItems, fetchSummary, type Action, type Filter, type Item, type Outcome, type Summary } from './quarantine';

const PAGE_ITEMS = 50;
const PAGE_ACTIONS = 50;
const PAUSE_MIN_MS = 3000;
/** A quarantine that takes long to count is counted less often. */
const PAUSE_PER_TAKEN = 10;

export interface Row extends Item {
  /** What has become of it since it was listed. */
  fate?: Outcome['outcome'] | 'gone';
}

export class QuarantineStore extends EventTarget {
  filter: Filter = { reason: null, device: null };
  summary: Summary | null = null;
  rows: Row[] = [];
  listed = false;
  /** How many came since; of a full page there may be more. */
  newer = 0;
  actions: Action[] = [];
  /** What is wrong with the filter. */
  problem: string | null = null;
  private next: string | null = null;
  private nextActions: string | null = null;
  private isLoading = false;
  private tookMs = 0;
  /** Counts filters: an answer to an old one is not for the new one. */
  private generation = 0;
  private readonly repeater = new Repeater(
    () => this.refresh(),
    () => Math.max(PAUSE_MIN_MS, this.tookMs * PAUSE_PER_TAKEN),
  );

  get hasMore(): boolean {
    return this.next !== null;
  }

  get hasMoreActions(): boolean {
    return this.nextActions !== null;
  }

  get newerIsAtLeast(): boolean {
    return this.newer >= PAGE_ITEMS;
  }

  get retryAt(): number {
    return this.repeater.nextAt;
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
  }

  /** Shows other items. */
  choose(filter: Filter): void {
    if (filter.reason === this.filter.reason && filter.device === this.filter.device) return;
    if (filter.device !== this.filter.device) {
      this.summary = null;
      this.actions = [];
      this.nextActions = null;
    }
    this.filter = filter;
    this.forget();
  }

  /** Shows what came since, and no longer what has gone. */
  showNewest(): void {
    this.forget();
  }

  async more(): Promise<void> {
    const { next, generation } = this;
    if (next === null) return;
    await this.load(async () => {
      const page = await fetchItems(this.filter, PAGE_ITEMS, next);
      if (generation !== this.generation) return;
      this.rows = [...this.rows, ...page.items];
      this.next = page.next;
    });
  }

  async moreActions(): Promise<void> {
    const { nextActions, generation } = this;
    if (nextActions === null) return;
    await this.load(async () => {
      const page = await fetchActions({ device: this.filter.device }, PAGE_ACTIONS, nextActions);
      if (generation !== this.generation) return;
      this.actions = [...this.actions, ...page.items];
      this.nextActions = page.next;
    });
  }

  /** One page at a time: a second click must not bring the same once more. */
  private async load(page: () => Promise<void>): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      await page();
    } finally {
      this.isLoading = false;
      this.changed();
    }
  }

  /** Marks what was acted on. */
  settle(outcomes: Outcome[]): void {
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    this.rows = this.rows.map((row) => {
      const outcome = byId.get(row.id);
      return outcome ? { ...row, reason: outcome.reason, detail: outcome.detail, fate: outcome.outcome } : row;
    });
    this.changed();
    this.now();
  }

  /** Asks at once, even while paused: something was done. */
  now(): void {
    this.repeater.start();
    this.repeater.now();
  }

  private forget(): void {
    this.generation++;
    this.rows = [];
    this.listed = false;
    this.newer = 0;
    this.next = null;
    this.problem = null;
    this.changed();
    this.now();
  }

  private readonly onFeed = (): void => {
    if (feed.paused && this.listed) this.repeater.stop();
    else this.repeater.start();
    this.changed();
  };

  private readonly onRetry = (): void => this.repeater.now();

  private async refresh(): Promise<void> {
    const { filter, generation } = this;
    const begun = performance.now();
    try {
      const [summary, page, actions] = await Promise.all([
        fetchSummary(filter.device),
        fetchItems(filter, PAGE_ITEMS, null),
        fetchActions({ device: filter.device }, PAGE_ACTIONS, null),
      ]);
      this.tookMs = performance.now() - begun;
      feed.succeeded();
      if (generation !== this.generation) return;
      this.summary = summary;
      this.problem = null;
      this.merge(page.items, page.next);
      this.mergeActions(actions.items, actions.next);
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 400) {
        feed.succeeded();
        if (generation === this.generation) this.problem = cause.message;
      } else {
        feed.failed(cause);
      }
      throw cause;
    } finally {
      this.changed();
    }
    if (feed.paused) this.repeater.stop();
  }

  private merge(newest: Item[], next: string | null): void {
    if (!this.listed || this.rows.length === 0) {
      this.rows = newest;
      this.next = next;
      this.newer = 0;
      this.listed = true;
      return;
    }
    const top = this.rows[0]!.id;
    const here = new Map(newest.map((item) => [item.id, item]));
    const seenDownTo = next === null || newest.length === 0 ? -Infinity : newest[newest.length - 1]!.id;
    this.newer = newest.filter((item) => item.id > top).length;
    this.rows = this.rows.map((row) => {
      const now = here.get(row.id);
      // A list that was asked for before something was done comes after it was.
      if (now && row.fate !== 'stored' && row.fate !== 'dropped') return { ...now, ...(row.fate === 'refused' ? { fate: row.fate } : {}) };
      return row.id < seenDownTo || row.fate !== undefined ? row : { ...row, fate: 'gone' };
    });
  }

  private mergeActions(newest: Action[], next: string | null): void {
    const key = (action: Action): string => `${action.time} ${action.item} ${action.action}`;
    const known = new Set(this.actions.map(key));
    const fresh = newest.filter((action) => !known.has(key(action)));
    if (fresh.length === newest.length) {
      this.actions = newest; // nothing joins them to what is known
      this.nextActions = next;
    } else {
      this.actions = [...fresh, ...this.actions];
    }
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
