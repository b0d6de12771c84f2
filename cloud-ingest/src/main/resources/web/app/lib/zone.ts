// Whose clock the pages show: this browser's, or UTC; remembered.
import { recall, remember } from './theme';

const KEY = 'tidemark.zone';
let utc = recall(KEY) === 'utc';

export function isUtc(): boolean {
  return utc;
}

/** Shows the other one; pages hear `zone-changed` on the window. */
export function toggleZone(): void {
  utc = !utc;
  remember(KEY, utc ? 'utc' : null);
  window.dispatchEvent(new Event('zone-changed'));
}

/** Minutes to add to UTC at that moment. */
export function offsetMinutes(ms: number): number {
  return utc ? 0 : -new Date(ms).getTimezoneOffset();
}

/** Milliseconds since 1970 of a date and time as the clock that is shown has it, such as 2026-11-23T08:56:19. */
export function parseShown(text: string): number {
  return Date.parse(utc ? `${text}Z` : text);
}
