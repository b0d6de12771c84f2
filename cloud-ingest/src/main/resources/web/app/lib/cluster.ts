// What gateways' reports come to, taken together. Pure functions.
import { count, duration, parseTime, plural } from './format';
import type { Change, Gateway, Replica } from './gateways';

/** Entries pass through within moments; only what takes longer waits. */
const WAITS_FROM_MS = 5000;

export interface Group {
  group: string;
  home: string | null;
  /** Who leads it by what is heard; null if nobody does. */
  leader: string | null;
  term: number;
  waiting: number;
  waitingSince: string | null;
}

export interface Cluster {
  id: string;
  gateways: Gateway[];
  groups: Group[];
}

export const isSilent = (gateway: Gateway): boolean => gateway.state === 'silent';

export function clustersOf(gateways: Gateway[]): Cluster[] {
  const ids = [...new Set(gateways.map((g) => g.cluster))];
  return ids.map((id) => {
    const own = gateways.filter((g) => g.cluster === id);
    return { id, gateways: own, groups: groupsOf(own) };
  });
}

function groupsOf(gateways: Gateway[]): Group[] {
  const heard = gateways.filter((g) => !isSilent(g));
  const names = [...new Set((heard.length > 0 ? heard : gateways).flatMap((g) => g.groups.map((r) => r.group)))].sort();
  return names.map((group) => {
    const replicas = heard.map((g) => replicaOf(g, group)).filter((r): r is Replica => r !== undefined);
    const term = Math.max(0, ...replicas.map((r) => r.term));
    const leader = replicas.find((r) => r.term === term && r.leader !== null)?.leader ?? null;
    const leaders = heard.find((g) => g.gateway === leader);
    const own = leaders && replicaOf(leaders, group);
    const all = gateways.map((g) => replicaOf(g, group)).filter((r): r is Replica => r !== undefined);
    return {
      group,
      home: (replicas[0] ?? all[0])?.home ?? null,
      leader,
      term,
      waiting: own ? own.waitingReadings : Math.max(0, ...replicas.map((r) => r.waitingReadings)),
      waitingSince: own?.waitingSince ?? null,
    };
  });
}

export function replicaOf(gateway: Gateway, group: string): Replica | undefined {
  return gateway.groups.find((r) => r.group === group);
}

/** Whether something has been there for longer than it takes to pass, or nobody knows for how long. */
export function waits(readings: number, since: string | null, nowMs: number): boolean {
  return readings > 0 && (since === null || nowMs - parseTime(since) >= WAITS_FROM_MS);
}

/** "the oldest for 35 s". */
export function ageWords(since: (string | null)[], nowMs: number): string {
  const known = since.filter((one) => one !== null).map(parseTime);
  return known.length === 0 ? 'for how long is not known' : `the oldest for ${duration(nowMs - Math.min(...known))}`;
}

/** What is wrong, empty if nothing is, and what else there is to say. */
export function sentenceOf(clusters: Cluster[], nowMs: number): { alarm: string; rest: string } {
  const members = clusters.flatMap((c) => c.gateways.filter((g) => g.member || !isSilent(g)));
  const several = clusters.length > 1;
  const troubles = clusters.flatMap((c) => troublesOf(c, several ? ` of cluster ${c.id}` : '', nowMs));
  const ready = members.filter((g) => g.state === 'ready').length;
  const backlog = backlogOf(clusters, nowMs);
  if (troubles.length > 0) {
    const others = ready === 0 ? 'No gateway is ready.' : `${count(ready)} of ${plural(members.length, 'gateway')} ${ready === 1 ? 'is' : 'are'} ready.`;
    return { alarm: troubles.join(' '), rest: backlog === null ? others : `${others} ${backlog}.` };
  }
  const away = clusters.flatMap((c) => c.groups).filter((g) => g.home !== null && g.leader !== g.home);
  const led = away.length > 0 ? ` (${away.map((g) => `${g.leader} leads that of ${g.home}`).join(', ')})` : '';
  const where = several ? ` in ${plural(clusters.length, 'cluster')}` : '';
  const many = members.length === 1 ? '1 gateway, ready' : `${plural(members.length, 'gateway')}${where}, all ready`;
  return backlog === null
    ? { alarm: '', rest: `${many}: every group has a leader${led}, nothing waits.` }
    : { alarm: `${backlog}.`, rest: `${many}: every group has a leader${led}.` };
}

function troublesOf(cluster: Cluster, where: string, nowMs: number): string[] {
  const troubles: string[] = [];
  for (const gateway of cluster.gateways) {
    const name = gateway.gateway + where;
    if (isSilent(gateway) && gateway.member) {
      const led = cluster.groups.filter((g) => g.home === gateway.gateway && g.leader !== null && g.leader !== gateway.gateway);
      const instead = led.length > 0 ? `; ${led.map((g) => g.leader).join(' and ')} leads its group` : '';
      troubles.push(gateway.heardAt === null ? `${name} has never reported${instead}.` : `${name} has not been heard of for ${duration(nowMs - parseTime(gateway.heardAt))}${instead}.`);
    } else if (gateway.state === 'not-ready') {
      troubles.push(`${name} cannot commit: ${gateway.detail}.`);
    }
  }
  const leaderless = cluster.groups.filter((g) => g.leader === null).map((g) => g.group);
  if (leaderless.length > 0) {
    troubles.push(`${leaderless.length === 1 ? 'Group' : 'Groups'} ${leaderless.join(', ')}${where} ${leaderless.length === 1 ? 'has' : 'have'} no leader that is heard of.`);
  }
  return troubles;
}

function backlogOf(clusters: Cluster[], nowMs: number): string | null {
  const waiting = clusters.flatMap((c) => c.groups).filter((g) => waits(g.waiting, g.waitingSince, nowMs));
  if (waiting.length === 0) return null;
  const readings = waiting.reduce((sum, g) => sum + g.waiting, 0);
  return `${plural(readings, 'reading')} ${readings === 1 ? 'waits' : 'wait'}, ${ageWords(waiting.map((g) => g.waitingSince), nowMs)}`;
}

export interface Stretch {
  fromMs: number;
  toMs: number;
  /** led and ready are well; leaderless, not-ready and silent are not. */
  kind: string;
  gateway: string;
  term: number | null;
}

/**
 * What held when, of each group or of each gateway of a cluster.
 *
 * @param changes oldest first, of any cluster
 * @param toMs until when the last of them holds
 */
export function lanesOf(changes: Change[], cluster: string, ofGroups: boolean, fromMs: number, toMs: number): Map<string, Stretch[]> {
  const lanes = new Map<string, Stretch[]>();
  for (const change of changes) {
    if (change.cluster !== cluster || (change.group !== null) !== ofGroups) continue;
    const name = change.group ?? change.gateway;
    const at = Math.min(toMs, Math.max(fromMs, parseTime(change.time)));
    const lane = lanes.get(name) ?? [];
    lanes.set(name, lane);
    const last = lane.at(-1);
    if (last) last.toMs = at;
    lane.push({ fromMs: at, toMs, kind: change.change, gateway: change.gateway, term: change.term });
  }
  for (const [name, lane] of lanes) {
    const kept = lane.filter((s) => s.kind !== 'ended' && s.kind !== 'left');
    if (kept.length === 0) lanes.delete(name);
    else lanes.set(name, kept);
  }
  return new Map([...lanes].sort(([a], [b]) => a.localeCompare(b)));
}

/** "g2 leads group g1, term 5". */
export function changeWords(change: Change): string {
  switch (change.change) {
    case 'leads':
      return `${change.gateway} leads group ${change.group}, term ${change.term}`;
    case 'leaderless':
      return `Group ${change.group} has no leader${change.gateway ? `; ${change.gateway} led it last` : ''}`;
    case 'ended':
      return `Group ${change.group} has ended: all of it is forwarded`;
    case 'ready':
      return `${change.gateway} is ready`;
    case 'not-ready':
      return `${change.gateway} cannot commit: ${change.detail ?? 'it does not say why'}`;
    case 'silent':
      return `${change.gateway} is not heard of any more`;
    case 'left':
      return `${change.gateway} is not of the cluster any more`;
    default:
      return `${change.gateway} ${change.change}`;
  }
}

const REASONS: Record<string, string> = {
  undecodable: 'not a batch, JSON or SenML, or broken on its way; to be mended in the device',
  device_mismatch: 'names another device than the address it was sent to; to be mended in the device',
  not_authorised: 'sent under the name of another device than the certificate has; to be mended in the device',
  topic: 'sent to an address that takes no telemetry; to be mended in the device',
  content_type: 'of a content type that is not taken; to be mended in the device',
  too_large: 'larger than anything that is taken; to be sent in parts',
  qos: 'MQTT QoS 2, which is not taken; QoS 1 is',
  protocol: 'against the protocol, such as a topic alias or a retained message',
  window: 'more unacknowledged than a connection may have; comes again later',
  rate: 'more in a second than an address may send; comes again later',
  device_rate: 'more in a second than the device may send; comes again later',
  site_rate: 'more in a second than all devices of its site may send; comes again later',
  busy: 'more uncommitted than memory is set aside for; comes again later',
  full: 'no room in the log: ingest has not taken enough; comes again later',
  not_ready: 'the gateway could not commit, or was stopping; comes again, here or elsewhere',
  in_doubt: 'the leader changed meanwhile, so nobody knows whether it was committed; the device sends it again',
};

export function reasonMeaning(reason: string): string {
  return REASONS[reason] ?? 'a reason of a later version';
}
