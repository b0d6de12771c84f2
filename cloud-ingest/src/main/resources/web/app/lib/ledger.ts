// The ledger's states, their words, and the sentence that sums them up.
import type { Sums } from './api';

export type State = 'stored' | 'waiting' | 'quarantined' | 'dropped' | 'missing';

/** In the order in which they are shown. */
export const STATES: readonly State[] = ['stored', 'waiting', 'quarantined', 'dropped', 'missing'];

export const WORDS: Record<State, string> = {
  stored: 'stored',
  waiting: 'waiting',
  quarantined: 'set aside',
  dropped: 'dropped on purpose',
  missing: 'missing',
};

/** A part of what is stored. */
export const STORED_LATE = 'stored late';

export const MEANINGS: Record<State, string> = {
  stored: 'a row the database has acknowledged',
  waiting: 'on the device or on a quorum of gateways, on its way',
  quarantined: 'kept, with the reason why it could not become a row',
  dropped: 'given up, by the exact numbers and with the reason',
  missing: 'produced, but neither stored, set aside, dropped nor on its way',
};

export const NO_SUMS: Sums = {
  produced: 0,
  waiting: 0,
  stored: 0,
  quarantined: 0,
  dropped: 0,
  missing: 0,
  duplicates: 0,
  redelivered: 0,
};

/** Adds up ledgers. */
export function total(ledgers: Iterable<Sums>): Sums {
  const sum = { ...NO_SUMS };
  for (const ledger of ledgers) {
    for (const key of Object.keys(sum) as (keyof Sums)[]) sum[key] += ledger[key] ?? 0;
  }
  return sum;
}

/** "stored 12 (4 of them late), waiting 3": the ledger bar's text alternative. */
export function describe(sums: Sums, late = 0): string {
  const parts = STATES.filter((state) => sums[state] > 0).map((state) => `${WORDS[state]} ${sums[state]}${state === 'stored' && late > 0 ? ` (${late} of them late)` : ''}`);
  return parts.length === 0 ? 'nothing produced yet' : parts.join(', ');
}

/** Puts together neighbours of the same kind: what was declared in pieces is named once. */
export function merged<R extends { first: number; last: number }>(ranges: R[], same: (a: R, b: R) => boolean): R[] {
  const result: R[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = result[result.length - 1];
    if (before && range.first <= before.last + 1 && same(before, range)) {
      result[result.length - 1] = { ...before, last: Math.max(before.last, range.last) };
    } else {
      result.push(range);
    }
  }
  return result;
}

/** A reason as people read it: journal_full becomes "journal full". */
export function reasonWords(reason: string): string {
  return reason.replaceAll('_', ' ').replace(/:(?=\S)/, ': ');
}

/** The word and the form for a device's status. */
export function statusOf(status: string): { word: string; form: 'online' | 'late' | 'silent' | 'disconnected' } {
  const name = status.toLowerCase();
  if (name === 'online' || name === 'live' || name === 'ok') return { word: 'online', form: 'online' };
  if (name === 'late' || name === 'stale') return { word: name, form: 'late' };
  if (name === 'disconnected') return { word: name, form: 'disconnected' };
  return { word: name || 'unknown', form: 'silent' };
}
