// The line under the sentence: how fresh the page is, or what is wrong with its connection and what happens next.
import { html, type TemplateResult } from 'lit';
import { feed } from '../lib/feed';
import { clock, duration, ended, zone } from '../lib/format';
import { keysOn } from '../lib/keys';

/**
 * @param usual what stands there while all is well
 * @param retryAt when the next try is due, in milliseconds since 1970
 */
export function notice(usual: unknown, retryAt: number, now = Date.now()): TemplateResult {
  const since = feed.failingSince;
  if (since === null) {
    const paused = feed.state === 'paused' ? html` · paused${keysOn() ? html`<span class="by-mouse">: press <kbd>l</kbd> to go on</span>` : ''}` : '';
    return html`<p class="notice" role="status">${usual}${paused}</p>`;
  }
  const last = feed.lastGoodAt > 0 ? `What is shown is ${duration(now - feed.lastGoodAt)} old. ` : '';
  const wait = retryAt > now ? `Trying again in ${Math.ceil((retryAt - now) / 1000)} s.` : 'Trying again now.';
  return html`<p class="notice" role="alert">
    <span class="mark-error">▲ ${ended(feed.error?.message ?? 'Ingest cannot be reached.')}</span>
    Since ${clock(since)} ${zone(since)}. ${last}${wait}
    <button class="button" @click=${() => feed.retry()}>Try now</button>
  </p>`;
}
