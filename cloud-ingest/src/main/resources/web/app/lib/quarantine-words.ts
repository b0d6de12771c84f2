// The quarantine in a user's words: which rule was broken, what helps, and what replay and discard would do.
import { count, plural } from './format';
import { reasonWords } from './ledger';
import type { Action, Group, Item, Outcome } from './quarantine';

export interface Rule {
  /** What was broken. */
  broke: string;
  /** What to do about it. */
  todo: string;
  /** What a replay can change. */
  replay: string;
}

const STAYS = 'Its bytes stay what they are, so expect it to stay here.';

const RULES: Record<string, Rule> = {
  undecodable: {
    broke: 'The message is no batch: its bytes, checksum or header are wrong, or it is JSON or SenML that no gateway could read.',
    todo: 'Compare the bytes with what the device meant to send, and correct the device.',
    replay: 'Only a newer ingest may be able to read it.',
  },
  device_mismatch: {
    broke: 'The batch names another device than the address it came to, so nothing in it is believed.',
    todo: 'Have each device send to its own address; look for a copied configuration.',
    replay: STAYS,
  },
  sequence_jump: {
    broke: 'A device that numbers its own readings gave a number more than 1,000,000 beyond the highest before.',
    todo: 'Have the device count in ones, and from 0 in a new epoch.',
    replay: 'It helps once the device has sent what lies between.',
  },
  not_finite: {
    broke: 'A value is not a number or infinite, which no database can keep.',
    todo: 'Have the device leave out what it did not measure.',
    replay: STAYS,
  },
  reserved_name: {
    broke: 'A metric has a name that every row needs for itself: seq, device, sensor, epoch, time, or one that ends in _text or _bool.',
    todo: 'Give the metric another name on the device.',
    replay: STAYS,
  },
  time_out_of_range: {
    broke: 'Its time is before the year 2000, or more than 24 h after a gateway received it.',
    todo: "Set the device's clock, or the gateway's if that one was behind.",
    replay: 'It is compared with the same time of receipt again: expect it to stay here.',
  },
  conflict: {
    broke: 'Its number is stored already with other contents, and what is stored stays.',
    todo: 'Have no device use a number twice: after a restored image or a copied journal, begin a new epoch.',
    replay: 'The stored one is not replaced: expect this one to stay here.',
  },
  too_many_metrics: {
    broke: 'Its kind has as many metrics as the database takes, and this reading has a new one.',
    todo: 'Raise tidemark.storage.kind-max-columns, or find the device that makes up names.',
    replay: 'It helps once there is room for the metric.',
  },
  too_many_kinds: {
    broke: 'The database has as many kinds as it takes, and this reading is of a new one.',
    todo: 'Raise tidemark.storage.max-kinds, or find the device that makes up kinds.',
    replay: 'It helps once there is room for the kind.',
  },
  type_conflict: {
    broke: 'The database has this metric with values of another type, such as a text where this is a number.',
    todo: 'Have the device send the type that is stored, or correct the database.',
    replay: 'It helps once the database takes the type.',
  },
  beyond_retention: {
    broke: 'It is older than the time for which the database keeps rows.',
    todo: "Lengthen the database's retention, or discard what is too old to matter.",
    replay: 'It helps once the database keeps rows for longer.',
  },
  store_refused: {
    broke: 'The database refused the row for a reason of its own, which the detail tells.',
    todo: 'Mend what the detail names.',
    replay: 'It helps once the database takes the row.',
  },
};

export function ruleOf(reason: string): Rule {
  return RULES[reason] ?? { broke: 'It broke a rule that this page does not know yet.', todo: 'See the detail.', replay: '' };
}

const WHOLE = new Set(['undecodable', 'device_mismatch', 'sequence_jump']);

/** True where messages are set aside as they came, not reading by reading. */
export function isWhole(reason: string): boolean {
  return WHOLE.has(reason);
}

/** "readings", "message". */
export function noun(n: number, reason: string): string {
  return (isWhole(reason) ? 'message' : 'reading') + (n === 1 ? '' : 's');
}

/** "12 readings", "1 message". */
export function amount(n: number, reason: string): string {
  return `${count(n)} ${noun(n, reason)}`;
}

/** "12 readings and 1 message". */
export function amounts(groups: Group[]): string {
  const sum = (whole: boolean): number => groups.filter((g) => isWhole(g.reason) === whole).reduce((n, g) => n + g.items, 0);
  const parts = [sum(false) > 0 ? plural(sum(false), 'reading') : '', sum(true) > 0 ? plural(sum(true), 'message') : ''];
  return parts.filter(Boolean).join(' and ');
}

/** "number 1,234", "message of 57 bytes". */
export function nameOf(item: Pick<Item, 'sequence' | 'payloadBytes'>): string {
  return item.sequence === null ? `message of ${plural(item.payloadBytes, 'byte')}` : `number ${count(item.sequence)}`;
}

/** What is to be acted on: one item, or all of a group up to an id. */
export interface Scope {
  reason: string;
  /** Whose; null for all that have any. */
  device: string | null;
  /** Of how many devices. */
  devices: number;
  count: number;
  lastId: number;
  item: Item | null;
}

export function replaySays({ reason, count: n, item }: Scope): string {
  const { replay } = ruleOf(reason);
  const whole = isWhole(reason);
  if (item === null) {
    const each = whole ? 'message whose readings can be taken now' : 'one that is in order now becomes stored and';
    return `${amount(n, reason)} ${n === 1 ? 'is' : 'are'} checked again by today's rules, the oldest first. Each ${each} leaves; the others stay, with the reason they have then. What is set aside from now on is left alone. ${replay}`;
  }
  return whole
    ? `This message is opened again by today's rules, as if it had just come. If it can be taken now, each of its readings becomes stored or is set aside by itself, and the message leaves; else it stays here. ${replay}`
    : `This reading is checked again by today's rules, as if it had just come. If it is in order now it becomes stored and leaves; else it stays here, with the reason it has then. ${replay}`;
}

export function discardSays({ reason, device, devices, count: n }: Scope): string {
  const what = `${amount(n, reason)} of ${device ?? plural(devices, 'device')}`;
  const is = n === 1 ? 'is' : 'are';
  const end = 'It cannot be undone.';
  if (isWhole(reason)) {
    return `${what} ${is} deleted, with the bytes. The ledger does not change: it never counted what is in ${n === 1 ? 'it' : 'them'}. ${end}`;
  }
  if (reason === 'conflict') {
    return `${what} ${is} deleted. What is stored under the same number stays, and so do the ledger's sums. ${end}`;
  }
  return `${what} ${is} counted as dropped on purpose, with the reason “discarded”, and deleted. The bytes go too, once nothing else that is set aside came in them. ${end}`;
}

/** What came of an item, after it was acted on. */
export function outcomeSays(outcome: Outcome, before: string): string {
  const whole = isWhole(before);
  switch (outcome.outcome) {
    case 'stored':
      return whole
        ? 'Taken: its readings are stored now, or set aside by themselves, and the message has left the quarantine.'
        : 'Stored: the reading is a row now and has left the quarantine.';
    case 'refused':
      return outcome.reason === before
        ? `Still set aside, for the same reason: ${outcome.detail}.`
        : `Still set aside, now for another reason, ${reasonWords(outcome.reason)}: ${outcome.detail}.`;
    case 'dropped':
      if (whole) return 'Deleted: the message and its bytes are gone. The ledger has not changed.';
      return before === 'conflict' ? 'Deleted: what is stored under its number stays.' : 'Dropped on purpose: it is counted so, and its bytes are deleted.';
  }
}

/** "replayed: stored", "discarded". */
export function actionWords(action: Action): string {
  switch (action.action) {
    case 'replay':
      return action.outcome === 'stored' ? 'replayed: stored' : 'replayed: still set aside';
    case 'discard':
      return 'discarded';
    case 'evict':
      return 'dropped: the quarantine was full';
  }
}

/** What ended an item, after "It was". */
export const ENDINGS: Record<Action['action'], string> = {
  replay: 'replayed, and stored,',
  discard: 'discarded',
  evict: 'dropped, as the quarantine was full,',
};

/** True if the item was gone after it. */
export function endedBy(action: Action): boolean {
  return action.outcome !== 'refused';
}

export interface ActionRun {
  newest: Action;
  count: number;
}

/** Puts together neighbours that are one deed: a group that was discarded is one line. */
export function runs(actions: Action[]): ActionRun[] {
  const result: ActionRun[] = [];
  for (const action of actions) {
    const last = result[result.length - 1];
    const same = last && (['action', 'outcome', 'reason', 'device', 'note'] as const).every((key) => last.newest[key] === action[key]);
    if (same) last.count++;
    else result.push({ newest: action, count: 1 });
  }
  return result;
}
