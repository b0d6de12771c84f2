// What the HTTP API says of alerts, as typed calls; and the store that keeps asking.
import { feed } from './feed';
import { ApiError, get, send, type Page } from './http';
import { PollingStore } from './polling-store';

export type AlertState = 'firing' | 'pending' | 'no data';

export interface Alert {
  rule: number;
  name: string;
  state: AlertState;
  device: string;
  sensor: string | null;
  metric: string | null;
  value: number | null;
  unit: string | null;
  direction: Direction | null;
  threshold: number | null;
  since: string;
  readingAt: string | null;
  dataEnded: boolean;
}

export interface Alerts {
  items: Alert[];
  firing: number;
  pending: number;
  noData: number;
  rules: number;
  watched: number;
  judgedAt: string | null;
  trouble: string | null;
}

export type Direction = 'above' | 'below';

/** What one writes of a rule. */
export interface RuleFields {
  name: string;
  enabled: boolean;
  kind: 'threshold' | 'silent';
  device?: string;
  label?: string;
  sensor?: string;
  metric?: string;
  direction?: Direction;
  threshold?: number;
  hysteresis?: number;
  /** ISO 8601. */
  for: string;
  webhooks: string[];
  emails: string[];
}

export interface Rule extends RuleFields {
  id: number;
  version: number;
  unit?: string;
  judgement: { at: string; watched: number; firing: number; pending: number; noData: number } | null;
  deliveries: Delivery[];
}

/** How it stands with a receiver. */
export interface Delivery {
  receiver: string;
  status: 'waiting' | 'delivered' | 'given up';
  attempts: number;
  nextAt: string | null;
  doneAt: string | null;
  said: string;
  waiting: number;
}

/** From when to when a rule fired. */
export interface Episode {
  id: string;
  rule: number;
  name: string;
  device: string;
  sensor: string | null;
  metric: string | null;
  value: number | null;
  unit: string | null;
  from: string;
  to: string | null;
  late: boolean;
  withdrawn: boolean;
  note: string;
}

export interface Tested {
  receiver: string;
  delivered: boolean;
  said: string;
}

/** Which of the past is wanted. */
export interface HistoryWish {
  rule: string;
  device: string;
  limit: number;
}

const RULES = '/alerts/rules';

export async function saveRule(rule: Rule | null, fields: RuleFields): Promise<void> {
  if (rule === null) await send('POST', RULES, fields);
  else await send('PUT', `${RULES}/${rule.id}`, fields, ifMatch(rule));
}

export async function deleteRule(rule: Rule): Promise<void> {
  await send('DELETE', `${RULES}/${rule.id}`, null, ifMatch(rule));
}

export async function testRule(id: number): Promise<Tested[]> {
  return ((await (await send('POST', `${RULES}/${id}/test`, null)).json()) as Page<Tested>).items;
}

function ifMatch(rule: Rule): Record<string, string> {
  return { 'If-Match': `"${rule.version}"` };
}

const PAUSE_MS = 2500;

/** Alerts, rules and the part of the history that is wanted, as last known. */
export class AlertStore extends PollingStore {
  alerts: Alerts | null = null;
  rules: Rule[] = [];
  history: Episode[] = [];
  historyGoesOn = false;
  /** What is wrong with what is wanted of the history. */
  historyProblem: string | null = null;
  wish: HistoryWish = { rule: '', device: '', limit: 0 };

  constructor() {
    super(() => PAUSE_MS);
  }

  protected override get isShown(): boolean {
    return this.alerts !== null;
  }

  protected override async refresh(): Promise<void> {
    try {
      const [alerts, rules, history] = await Promise.all([get<Alerts>('/alerts'), get<Page<Rule>>(RULES), fetchHistory(this.wish)]);
      this.alerts = alerts;
      this.rules = rules.items;
      this.history = history.items;
      this.historyGoesOn = history.next !== null;
      this.historyProblem = history.problem;
    } catch (cause) {
      feed.failed(cause);
      throw cause;
    }
    feed.succeeded();
    this.rest();
    this.changed();
  }
}

/** A wish that is refused is no lost connection, and what fires now is shown all the same. */
async function fetchHistory({ rule, device, limit }: HistoryWish): Promise<Page<Episode> & { problem: string | null }> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (rule) query.set('rule', rule);
  if (device) query.set('device', device);
  try {
    return { ...(await get<Page<Episode>>(`/alerts/history?${query}`)), problem: null };
  } catch (cause) {
    if (!(cause instanceof ApiError && cause.isRefusal)) throw cause;
    return { items: [], next: null, problem: cause.message };
  }
}
