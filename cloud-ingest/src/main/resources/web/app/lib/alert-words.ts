// Rules and alerts in words. Pure functions.
import type { Alert, Alerts, Rule, RuleFields } from './alerts';
import { count, duration, fullValue, parseTime, plural, relative } from './format';
import { metricInSentence, metricUnit } from './metrics';

const ISO = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;
const NAMED_MAX = 3;

/** Seconds of an ISO 8601 duration as the API writes it; NaN for others. */
export function seconds(iso: string): number {
  const match = ISO.exec(iso);
  return match ? toMillis(Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)) : NaN;
}

/** Seconds to the millisecond: 4.1 min are 246 s, though 4.1 * 60 is a little less. */
export function toMillis(n: number): number {
  return Math.round(n * 1000) / 1000;
}

/** "5 min", "1 h 30 min", "0 s". */
export function length(totalSeconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(totalSeconds / 86_400), 'd'],
    [Math.floor((totalSeconds % 86_400) / 3600), 'h'],
    [Math.floor((totalSeconds % 3600) / 60), 'min'],
    [toMillis(totalSeconds % 60), 's'],
  ];
  return (
    parts
      .filter(([n]) => n > 0)
      .map(([n, unit]) => `${n} ${unit}`)
      .join(' ') || '0 s'
  );
}

/** What a rule will do: "Fires for each device labelled cellar when humidity stays above 80 % for 5 min; ends at 75 % or below." */
export function ruleSentence(rule: RuleFields & { unit?: string }): string {
  const who = rule.device ? rule.device : rule.label ? `each device labelled ${rule.label}` : 'each device';
  const lasting = seconds(rule.for);
  const off = rule.enabled ? '' : ' Switched off.';
  if (rule.kind === 'silent') return `Fires for ${who} when nothing has come of it for ${length(lasting)}; ends when it is heard again.${off}`;
  const metric = rule.metric ? metricInSentence(rule.metric) : 'a metric';
  const unit = rule.metric ? metricUnit(rule.metric, rule.unit) : '';
  const amount = (n: number): string => limitText(n, unit);
  const limit = rule.threshold ?? NaN;
  const above = rule.direction !== 'below';
  const stays = lasting > 0 ? `stays ${rule.direction ?? 'above'}` : `is ${rule.direction ?? 'above'}`;
  const sensor = rule.sensor ? ` of sensor ${rule.sensor}` : '';
  const end = above ? limit - (rule.hysteresis ?? 0) : limit + (rule.hysteresis ?? 0);
  const shown = Number.isFinite(limit) ? amount(limit) : '…';
  const ends = Number.isFinite(end) ? amount(end) : '…';
  return (
    `Fires for ${who} when ${metric}${sensor} ${stays} ${shown}${lasting > 0 ? ` for ${length(lasting)}` : ''};` +
    ` ends at ${ends} or ${above ? 'below' : 'above'}.${off}`
  );
}

/** A limit with every digit it was given, and its unit: 20.5 °C, 1,200 ppm. */
export function limitText(n: number, unit: string): string {
  const grouped = fullValue(n).replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
  return `${grouped.replace('-', '−')}${unit ? '\u00a0' + unit : ''}`;
}

/** The page in one sentence. */
export function alertSentence(alerts: Alerts, now = Date.now()): string {
  const firing = alerts.items.filter((alert) => alert.state === 'firing');
  const judged = alerts.judgedAt ? `, last judged ${relative(parseTime(alerts.judgedAt), now)}` : '';
  if (alerts.rules === 0) return 'Nothing is watched: there is no rule that is switched on.';
  if (firing.length === 0) {
    return `Nothing fires. ${plural(alerts.rules, 'rule')} ${alerts.rules === 1 ? 'watches' : 'watch'} ${plural(alerts.watched, 'series', 'series')}${judged}.`;
  }
  const named = firing.slice(0, NAMED_MAX).map((alert) => alertWords(alert, now));
  const more = alerts.firing > named.length ? `; and ${count(alerts.firing - named.length)} more` : '';
  return `${plural(alerts.firing, 'alert')} ${alerts.firing === 1 ? 'fires' : 'fire'}: ${named.join('; ')}${more}.`;
}

function alertWords(alert: Alert, now: number): string {
  if (alert.metric === null) return `${alert.device} silent for ${duration(silentMs(alert, now))}`;
  const where = alert.sensor && alert.sensor !== 'main' ? `${alert.device} ${alert.sensor}` : alert.device;
  return `${alert.name} (${where}) for ${duration(Math.max(0, now - parseTime(alert.since)))}`;
}

/** For how long nothing has come of a device. */
export function silentMs(alert: Alert, now = Date.now()): number {
  return Math.max(0, now - parseTime(alert.readingAt ?? alert.since));
}

/** What came of a rule's last evaluation. */
export function judgementWords(rule: Rule, now = Date.now()): string {
  if (!rule.enabled) return 'switched off';
  const last = rule.judgement;
  if (!last) return 'not judged yet';
  if (last.watched === 0) return `judged ${relative(parseTime(last.at), now)}: nothing has come that it watches`;
  const what = rule.kind === 'silent' ? plural(last.watched, 'device') : plural(last.watched, 'series', 'series');
  const states = [
    [last.firing, 'firing'],
    [last.pending, 'pending'],
    [last.noData, 'without data'],
  ] as const;
  const found = states.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
  return `judged ${relative(parseTime(last.at), now)}: ${what}, ${found.join(', ') || 'all ok'}`;
}
