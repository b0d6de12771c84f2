// One item of the quarantine: the rule it broke, decoded as far as possible beside its bytes, and what can be done.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import '../components/resolve';
import { notice } from '../components/notice';
import { measured } from '../components/number';
import { fromBase64, hexDump, textOf } from '../lib/bytes';
import { feed } from '../lib/feed';
import { absolute, bytes, clock, count, numbers, parseTime, plural, relative, zone } from '../lib/format';
import { reasonWords } from '../lib/ledger';
import { compareMetrics, metricLabel, metricUnit } from '../lib/metrics';
import { payloadHref, quarantineHref, type Filter, type ItemDetails, type ItemReading } from '../lib/quarantine';
import { QuarantineItemStore } from '../lib/quarantine-item-store';
import { actionWords, nameOf, ruleOf, type Scope } from '../lib/quarantine-words';
import { deviceHref } from '../lib/router';

const BYTES_SHOWN_MAX = 4096;
const CLOCK_MS = 1000;

export class QuarantineItem extends LitElement {
  static override properties = { item: { attribute: false }, filter: { attribute: false }, neighbours: { attribute: false } };
  declare item: number;
  /** Of the list one came from, and goes back to. */
  declare filter: Filter;
  /** The ids before and after it in that list, where there are any. */
  declare neighbours: { newer: number | null; older: number | null };

  private store!: QuarantineItemStore;
  private timer = 0;
  private readonly narrow = matchMedia('(max-width: 640px)');

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(this.tick, CLOCK_MS);
    this.narrow.addEventListener('change', this.tick);
    feed.addEventListener('change', this.tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.narrow.removeEventListener('change', this.tick);
    feed.removeEventListener('change', this.tick);
    this.leave();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('item')) return;
    this.leave();
    document.title = `Quarantine, item ${this.item} · Tidemark`;
    this.store = new QuarantineItemStore(this.item);
    this.store.addEventListener('change', this.tick);
    this.store.start();
  }

  private leave(): void {
    this.store?.removeEventListener('change', this.tick);
    this.store?.stop();
  }

  private readonly tick = (): void => this.requestUpdate();

  protected override render(): TemplateResult {
    const { details } = this.store;
    const { newer, older } = this.neighbours;
    return html`<div class="quarantine">
      <header class="quarantine-head item-head">
        <h1 tabindex="-1">
          <a href=${quarantineHref(this.filter)}>Quarantine</a><span class="quiet" aria-hidden="true"> / </span>
          ${details ? html`<a class="device-name" href=${deviceHref(details.device)}>${details.device}</a> ${nameOf(details)}` : html`item ${this.item}`}
        </h1>
        <nav class="neighbours" aria-label="Neighbours in the list">
          ${newer === null ? nothing : html`<a class="button" href=${quarantineHref(this.filter, newer)}>← Newer</a>`}
          ${older === null ? nothing : html`<a class="button" href=${quarantineHref(this.filter, older)}>Older →</a>`}
        </nav>
      </header>
      ${notice(feed.lastGoodAt > 0 ? `as of ${clock(feed.lastGoodAt)} ${zone()}` : '', this.store.retryAt)}
      ${details ? this.renderItem(details) : this.renderAbsent()} ${this.renderHistory()}
    </div>`;
  }

  private renderAbsent(): TemplateResult {
    const { store } = this;
    if (store.problem !== null) return html`<p class="empty"><strong>There is no such item.</strong> ${store.problem}</p>`;
    if (!store.unknown) return html`<p class="empty">Asking for the item…</p>`;
    const why = store.end ? 'What became of it is below.' : 'It may have been replayed or discarded long ago, or never have been.';
    return html`<p class="empty">
      <strong>Item ${this.item} is not set aside.</strong> ${why} <a href=${quarantineHref({})}>See what is set aside now</a>
    </p>`;
  }

  private renderItem(details: ItemDetails): TemplateResult {
    const rule = ruleOf(details.reason);
    const scope: Scope = { reason: details.reason, device: details.device, devices: 1, count: 1, lastId: details.id, item: details };
    return html`
      <section class="rule" aria-label="The rule it broke">
        <p class="rule-broke"><i class="swatch state state-quarantined"></i> <b>${reasonWords(details.reason)}</b>: ${rule.broke}</p>
        <p class="mono rule-detail">${details.detail}</p>
        <p class="quiet">${rule.todo}</p>
      </section>
      ${keyed(details.id, html`<tm-resolve .scope=${scope} .end=${this.store.end} @resolved=${() => this.store.now()}></tm-resolve>`)}
      <div class="item-body">
        <section aria-labelledby="decoded"><h2 id="decoded">Decoded</h2>${this.renderDecoded(details)}</section>
        <section aria-labelledby="bytes">${this.renderBytes(details)}</section>
      </div>
    `;
  }

  private renderDecoded(details: ItemDetails): TemplateResult {
    const { reading, batch } = details;
    return html`<table class="facts">
        <tbody>
          <tr>
            <th scope="row">device</th>
            <td><a href=${deviceHref(details.device)}>${details.device}</a></td>
          </tr>
          <tr>
            <th scope="row">received</th>
            <td>${when(details.receivedAt)}</td>
          </tr>
          ${details.sequence === null
            ? nothing
            : html`<tr>
                <th scope="row">number</th>
                <td>${count(details.sequence)} <span class="quiet">of epoch</span> <span class="mono">${details.epoch}</span></td>
              </tr>`}
        </tbody>
        ${reading ? readingRows(reading, details.detail) : nothing}
      </table>
      ${reading === null && batch === null ? html`<p class="quiet">Nothing of it could be decoded: the bytes are all there is.</p>` : nothing}
      ${batch ? renderBatch(batch) : nothing}`;
  }

  private renderBytes(details: ItemDetails): TemplateResult {
    const all = fromBase64(details.payloadBase64);
    const shown = all.subarray(0, BYTES_SHOWN_MAX);
    const text = textOf(shown);
    const part = all.length > shown.length ? ` · the first ${bytes(shown.length)} shown` : '';
    return html`<div class="bytes-head">
        <h2 id="bytes">${plural(all.length, 'byte')}<span class="quiet">${part}</span></h2>
        <a href=${payloadHref(details.id)} download>Download all</a>
      </div>
      ${text === null ? nothing : html`<pre class="bytes" tabindex="0" role="region" aria-label="As text">${text}</pre>`}
      <pre class="bytes" tabindex="0" role="region" aria-label="Bytes in hexadecimal, and their text">${hexDump(shown, this.narrow.matches ? 8 : 16)}</pre>`;
  }

  private renderHistory(): TemplateResult | typeof nothing {
    const { actions } = this.store;
    if (actions.length === 0) return nothing;
    return html`<section class="done" aria-labelledby="item-done">
      <h2 id="item-done">What was done with it</h2>
      <ul>
        ${actions.map((action) => html`<li>${actionWords(action)}${action.note ? html`: “${action.note}”` : nothing}, ${when(action.time)}</li>`)}
      </ul>
    </section>`;
  }
}

function when(time: string): TemplateResult {
  return html`<time datetime=${time} title=${absolute(time)}>${relative(parseTime(time))}</time>`;
}

/** The metric that the detail names is marked, by a word too. */
function readingRows(reading: ItemReading, detail = ''): TemplateResult {
  const wrong = /^metric (\S+?):? /.exec(detail)?.[1];
  return html`<tbody>
    <tr class="sensor">
      <th scope="rowgroup">${reading.sensor} <span class="unit">${reading.kind}</span></th>
      <td>${absolute(reading.time)}</td>
    </tr>
    ${Object.entries(reading.values)
      .sort(([a], [b]) => compareMetrics(a, b))
      .map(
        ([metric, value]) => html`<tr class=${metric === wrong ? 'wrong' : nothing}>
          <th scope="row">${metricLabel(metric)}${metric === wrong ? html` <span class="wrong-word">breaks the rule</span>` : nothing}</th>
          <td class="value">${measured(value, metricUnit(metric), true)}</td>
        </tr>`,
      )}
  </tbody>`;
}

function renderBatch(batch: NonNullable<ItemDetails['batch']>): TemplateResult {
  const last = batch.firstSequence + batch.count - 1;
  const more = batch.count - batch.readings.length;
  return html`<p class="batch">
      The batch it came in says: device <b>${batch.device}</b>, epoch <span class="mono">${batch.epoch}</span>, ${plural(batch.count, 'reading')}, ${batch.count > 0 ? html`${batch.count === 1 ? 'number' : 'numbers'} ${numbers(batch.firstSequence, last)}` : 'none'}.
    </p>
    ${batch.readings.length === 0
      ? nothing
      : html`<table class="facts">
            ${batch.readings.map((reading) => readingRows(reading))}
          </table>
          ${more > 0 ? html`<p class="quiet">and ${plural(more, 'more reading')}</p>` : nothing}`}`;
}

customElements.define('tm-quarantine-item', QuarantineItem);
