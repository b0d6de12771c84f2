// How numbers and times are written: the pages never format by themselves. Only the zone that is shown is not in the arguments.
import { offsetMinutes } from './zone';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const SIGNIFICANT_DIGITS = 4;

export const NOTHING = '–';

/** A count in full, grouped: 10,214,332. */
export function count(n: number | null | undefined): string {
  return n == null || !Number.isFinite(n) ? NOTHING : GROUPED.format(n).replace('-', '−');
}

/** "1 reading", "2,000 readings". */
export function plural(n: number, one: string, many = one + 's'): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** With a full stop, which the API's words about a parameter do not have. */
export function ended(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** A count where there is little room: 999, 1.23 k, 10.2 M. */
export function shortCount(n: number): string {
  if (!Number.isFinite(n)) return NOTHING;
  const size = Math.abs(n);
  const steps: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ];
  for (const [step, letter] of steps) {
    // 999,950 would round to "1000 k": it belongs to the next step.
    if (size >= step * 0.99995) {
      const divisor = letter === 'k' ? 1e3 : step;
      return `${significant(n / divisor, 3)} ${letter}`;
    }
  }
  return count(n);
}

/** Bytes in three significant digits: 57 bytes, 3.20 KiB, 1.00 GiB. */
export function bytes(n: number): string {
  if (n < 1024) return plural(n, 'byte');
  // 1,023.9 KiB would round to 1,024: it belongs to the next unit.
  const [unit, name] = n < 1023.5 * 1024 ? [1024, 'KiB'] : n < 1023.5 * 1024 ** 2 ? [1024 ** 2, 'MiB'] : [1024 ** 3, 'GiB'];
  return `${n / unit < 999.5 ? significant(n / unit, 3) : count(n / unit)} ${name}`;
}

/** A measured value in four significant digits; whole numbers below ten million in full. */
export function value(v: number): string {
  if (!Number.isFinite(v)) return String(v).replace('-', '−');
  if (v === 0) return '0'; // also -0: its sign is in the full value
  const size = Math.abs(v);
  if (Number.isInteger(v) && size < 1e7) return count(v);
  if (size >= 1e7 || size < 1e-3) return scientific(v);
  if (size >= 999.95) return count(v); // rounded to four digits it is a thousand
  return significant(v, SIGNIFICANT_DIGITS);
}

/** A value beside others of a chart: as many decimals as tell apart a hundredth or so of what the chart spans, at most four. */
export function valueWithin(v: number, span: number): string {
  if (!Number.isFinite(v) || !(span > 0) || Math.abs(v) >= 1e7 || span < 1e-2) return value(v);
  const decimals = Math.max(0, Math.min(4, Math.ceil(1.9 - Math.log10(span))));
  return zeroless(v.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })).replace('-', '−');
}

/** Rounding can leave a minus before zeros only. */
function zeroless(text: string): string {
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}

/** The value as it is: every digit a double has, and the sign of a negative zero. */
export function fullValue(v: number): string {
  return Object.is(v, -0) ? '-0' : String(v);
}

function significant(v: number, digits: number): string {
  return v.toPrecision(digits).replace('-', '−');
}

function scientific(v: number): string {
  const [mantissa, exponent] = v.toExponential(SIGNIFICANT_DIGITS - 1).split('e') as [string, string];
  const raised = exponent.replace('+', '').replace(/[0-9]/g, (d) => SUPERSCRIPT[Number(d)]!).replace('-', '⁻');
  return `${mantissa.replace('-', '−')} × 10${raised}`;
}

/** Readings per second as a number and its unit: 1.20 k/s, 3.33 /s, 12.0 /min. */
export function rate(perSecond: number | null | undefined): { text: string; unit: string } {
  if (perSecond == null || !Number.isFinite(perSecond)) return { text: NOTHING, unit: '' };
  if (perSecond === 0) return { text: '0', unit: '/s' };
  if (perSecond >= 999.5) return { text: significant(perSecond / 1000, 3), unit: 'k/s' };
  if (perSecond >= 0.1) return { text: significant(perSecond, 3), unit: '/s' };
  if (perSecond * 60 >= 0.1) return { text: significant(perSecond * 60, 3), unit: '/min' };
  return { text: significant(perSecond * 3600, 2), unit: '/h' };
}

/** Milliseconds since 1970 of an RFC 3339 time; the digits beyond are kept as a fraction as far as a double has room. */
export function parseTime(text: string): number {
  const match = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return NaN;
  const whole = Date.parse(match[1]! + match[3]!);
  return whole + Number(`0.${match[2] ?? '0'}`) * 1000;
}

/** The time zone that is shown, as it is at that moment: "UTC+02:00". */
export function zone(ms = Date.now()): string {
  const minutes = offsetMinutes(ms);
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** Absolute, in the zone that is shown, with the zone and every digit given: 2026-11-23 08:56:19.123456789 UTC+01:00. */
export function absolute(text: string): string {
  const ms = parseTime(text);
  if (Number.isNaN(ms)) return text;
  const fraction = /\.(\d+)/.exec(text)?.[1]?.replace(/0+$/, '');
  return `${clockDate(ms)}${fraction ? '.' + fraction : ''} ${zone(ms)}`;
}

/** Absolute to the second, without the zone: 2026-11-23 08:56:19. */
export function clockDate(ms: number): string {
  const d = shown(ms);
  return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${clock(ms)}`;
}

/** The time of day to the second: 08:56:19. */
export function clock(ms: number): string {
  const d = shown(ms);
  return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`;
}

/** The time of day, of another day than today with the date: 08:56:19, 2026-11-22 08:56:19. */
export function moment(ms: number, now = Date.now()): string {
  const date = clockDate(ms);
  return date.slice(0, 10) === clockDate(now).slice(0, 10) ? clock(ms) : date;
}

/** A date whose UTC fields are those of the clock that is shown. */
function shown(ms: number): Date {
  return new Date(Math.floor(ms) + offsetMinutes(ms) * 60_000);
}

/** "now", "5 s ago", "3 min ago", "in 2 h". */
export function relative(ms: number, now = Date.now()): string {
  if (!Number.isFinite(ms)) return NOTHING;
  const age = now - ms;
  if (Math.abs(age) < 2000) return 'now';
  return age < 0 ? `in ${duration(-age)}` : `${duration(age)} ago`;
}

/** The largest unit that fits: 90 s, 3 min, 2 h, 4 d. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${count(Math.floor(hours / 24))} d`;
}

/** Seconds of an ISO 8601 duration of days and shorter, or null. */
export function isoSeconds(text: string): number | null {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (!match) return null;
  const [, d, h, m, s] = match.map((part) => Number(part ?? 0));
  return d! * 86_400 + h! * 3600 + m! * 60 + s! || null;
}

/** A range of sequence numbers: "417" or "400–417". */
export function numbers(first: number, last: number): string {
  return first === last ? count(first) : `${count(first)}–${count(last)}`;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
