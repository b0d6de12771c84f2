// One item of the quarantine as last known, and what was done with it. An item that has gone stays on the page.
import { feed } from './feed';
import { ApiError } from './http';
import { PollingStore } from './polling-store';
import { fetchActions, fetchItem, type Action, type ItemDetails } from './quarantine';
import { endedBy } from './quarantine-words';

const PAUSE_MS = 3000;
const ACTIONS_MAX = 20;

export class QuarantineItemStore extends PollingStore {
  details: ItemDetails | null = null;
  /** What was done with it, newest first. */
  actions: Action[] = [];
  /** True once ingest has said that there is no such item. */
  unknown = false;
  problem: string | null = null;
  private isGone = false;

  constructor(readonly id: number) {
    super(() => PAUSE_MS);
  }

  /** What ended it; null while it is there, or if nobody knows any more. */
  get end(): Action | null {
    const last = this.actions[0];
    return this.isGone && last && endedBy(last) ? last : null;
  }

  protected override get isShown(): boolean {
    return this.details !== null || this.unknown;
  }

  protected override async refresh(): Promise<void> {
    try {
      const before = this.actions.length;
      this.actions = (await fetchActions({ item: this.id }, ACTIONS_MAX, null)).items;
      // Its bytes never change; its reason may, by a replay.
      if (this.details && this.actions.length > before) this.isGone = endedBy(this.actions[0]!);
      if (!this.details || (this.actions.length !== before && !this.isGone)) await this.fetchDetails();
      feed.succeeded();
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 400) {
        feed.succeeded();
        this.problem = cause.message;
      } else {
        feed.failed(cause);
      }
      throw cause;
    } finally {
      this.changed();
    }
    this.rest();
  }

  private async fetchDetails(): Promise<void> {
    try {
      this.details = await fetchItem(this.id);
      this.isGone = false;
    } catch (cause) {
      if (!(cause instanceof ApiError && cause.status === 404)) throw cause;
      this.isGone = true;
    }
    this.unknown = this.isGone && this.details === null;
  }
}
