// The quarantine: one sentence, groups by reason, the list of what was set aside, what was done; or one item of it.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import './quarantine-item';
import '../components/resolve';
import { notice } from '../components/notice';
import { counted } from '../components/number';
import { trend } from '../components/trend';
import { feed } from '../lib/feed';
import { absolute, bytes, clock, count, ended, parseTime, plural, relative, zone } from '../lib/format';
import { reasonWords } from '../lib/ledger';
import { quarantineHref, type Filter, type Group, type Outcome, type Summary } from '../lib/quarantine';
import { QuarantineStore, type Row } from '../lib/quarantine-store';
import { actionWords, amount, amounts, nameOf, noun, ruleOf, runs, type Scope } from '../lib/quarantine-words';
import { deviceHref, go, query } from '../lib/router';

const CLOCK_MS = 1000;
/** From here on the bound is worth a warning. */
const NEARLY_FULL = 0.8;
const FATES: Record<NonNullable<Row['fate']>, string> = {
  stored: 'stored',
  refused: 'still set aside',
  dropped: 'discarded',
  gone: 'no longer here',
};

export class QuarantinePage extends LitElement {
  private readonly store = new QuarantineStore();
  private timer = 0;
  private item: number | null = null;
  private scrolledTo = 0;
  private moreProblem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.readQuery();
    this.store.addEventListener('change', this.tick);
    for (const type of ['route-changed', 'popstate']) window.addEventListener(type, this.onRoute);
    window.addEventListener('go-earlier', this.onEarlier);
    window.addEventListener('go-later', this.onLater);
    this.timer = window.setInterval(this.tick, CLOCK_MS);
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.store.stop();
    this.store.removeEventListener('change', this.tick);
    for (const type of ['route-changed', 'popstate']) window.removeEventListener(type, this.onRoute);
    window.removeEventListener('go-earlier', this.onEarlier);
    window.removeEventListener('go-later', this.onLater);
    clearInterval(this.timer);
  }

  private readonly tick = (): void => this.requestUpdate();

  private readonly onRoute = (): void => {
    if (location.pathname !== '/quarantine') return;
    const before = this.item;
    const main = this.closest('main');
    if (before === null && main) this.scrolledTo = main.scrollTop;
    this.readQuery();
    this.requestUpdate();
    if (before === this.item) return;
    void this.updateComplete.then(() => {
      if (this.item !== null) {
        main?.scrollTo(0, 0);
        this.querySelector<HTMLElement>('tm-quarantine-item h1')?.focus();
      } else {
        main?.scrollTo(0, this.scrolledTo);
        this.querySelector<HTMLElement>(`tr[data-item='${before}'] a`)?.focus({ preventScroll: true });
      }
    });
  };

  private readQuery(): void {
    const params = query();
    const item = params.get('item') ?? '';
    this.item = /^\d{1,15}$/.test(item) ? Number(item) : null;
    if (this.item === null) document.title = 'Quarantine · Tidemark';
    this.store.choose({ reason: params.get('reason') || null, device: params.get('device') || null });
  }

  private readonly onEarlier = (): void => this.step(this.neighbours().older);
  private readonly onLater = (): void => this.step(this.neighbours().newer);

  private step(item: number | null): void {
    if (this.item !== null && item !== null) go(quarantineHref(this.store.filter, item));
  }

  private neighbours(): { newer: number | null; older: number | null } {
    const { rows } = this.store;
    const at = rows.findIndex((row) => row.id === this.item);
    return { newer: at < 0 ? null : (rows[at - 1]?.id ?? null), older: at < 0 ? null : (rows[at + 1]?.id ?? null) };
  }

  protected override render(): TemplateResult {
    if (this.item !== null) {
      return html`<tm-quarantine-item .item=${this.item} .filter=${this.store.filter} .neighbours=${this.neighbours()} @resolved=${this.onResolved}></tm-quarantine-item>`;
    }
    const { summary, filter } = this.store;
    return html`<div class="quarantine">
      <header class="quarantine-head">
        <h1 class="sentence">${this.renderSentence(summary)}</h1>
        ${notice(this.usual(summary), this.store.retryAt)} ${summary ? renderFull(summary) : nothing}
      </header>
      ${this.renderFilters(filter)} ${summary && summary.groups.length > 0 ? this.renderGroups(summary.groups, filter) : nothing}
      ${filter.reason === null ? nothing : this.renderChosen(filter.reason)} ${this.renderList()} ${this.renderDone()}
    </div>`;
  }

  private renderSentence(summary: Summary | null): TemplateResult | string {
    if (!summary) return this.store.problem === null ? 'Asking what is set aside…' : 'Quarantine';
    const { groups } = summary;
    const { device } = this.store.filter;
    const of = device === null ? '' : ` of ${device}`;
    if (groups.length === 0) {
      if (this.store.actions.length > 0) return `Nothing${of} is set aside any more: what was done with it is below.`;
      return `Nothing${of} is set aside: every reading that came could be stored.`;
    }
    const oldest = groups.map((g) => g.firstReceivedAt).sort((a, b) => parseTime(a) - parseTime(b))[0]!;
    return html`<b>${amounts(groups)}</b>${of} set aside for ${plural(groups.length, 'reason')}; the oldest
      <time datetime=${oldest} title=${absolute(oldest)}>${relative(parseTime(oldest))}</time>.`;
  }

  private usual(summary: Summary | null): TemplateResult | string {
    if (!summary) return '';
    return html`${count(summary.items)} of ${count(summary.maxItems)} items and ${bytes(summary.bytes)} of ${bytes(summary.maxBytes)} taken · as of
    ${clock(feed.lastGoodAt)} ${zone()}`;
  }

  private renderFilters(filter: Filter): TemplateResult {
    return html`<form class="quarantine-filters" role="group" aria-label="Filter" @submit=${this.onDevice}>
      <label>Device <input name="device" type="search" placeholder="all" autocomplete="off" spellcheck="false" .value=${filter.device ?? ''} @search=${this.onDevice} /></label>
      <button class="button">Show</button>
      ${filter.device === null ? nothing : html`<a class="chip" href=${quarantineHref({ reason: filter.reason })} aria-label="All devices, not only ${filter.device}">${filter.device} <span aria-hidden="true">×</span></a>`}
      ${filter.reason === null ? nothing : html`<a class="chip" href=${quarantineHref({ device: filter.device })} aria-label="All reasons, not only ${reasonWords(filter.reason)}">${reasonWords(filter.reason)} <span aria-hidden="true">×</span></a>`}
    </form>`;
  }

  private readonly onDevice = (event: Event): void => {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>('.quarantine-filters input')!;
    go(quarantineHref({ ...this.store.filter, device: input.value.trim() || null }));
  };

  private renderGroups(groups: Group[], filter: Filter): TemplateResult {
    const sorted = [...groups].sort((a, b) => b.items - a.items);
    return html`<table class="groups" role="table" aria-label="Groups by reason">
      <thead role="rowgroup">
        <tr role="row">
          ${['Reason', 'Set aside', 'Devices', 'First', 'Last', 'Last 24 h'].map((word) => html`<th role="columnheader" scope="col">${word}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${sorted.map((group) => this.renderGroup(group, filter))}
      </tbody>
    </table>`;
  }

  private renderGroup(group: Group, filter: Filter): TemplateResult {
    const chosen = group.reason === filter.reason;
    const href = quarantineHref({ device: filter.device, reason: chosen ? null : group.reason });
    return html`<tr role="row" data-reason=${group.reason} class=${chosen ? 'chosen' : nothing}>
      <td role="cell" class="col-reason">
        <a href=${href} aria-current=${chosen ? 'true' : nothing}><i class="swatch state state-quarantined"></i> ${reasonWords(group.reason)}</a>
        <span class="rule-words">${ruleOf(group.reason).broke}</span>
      </td>
      <td role="cell" class="col-items">${counted(group.items)}<span class="unit"> ${noun(group.items, group.reason)}</span></td>
      <td role="cell" class="col-devices">${counted(group.devices)}<span class="unit phone-only"> ${group.devices === 1 ? 'device' : 'devices'}</span></td>
      <td role="cell" class="col-first">${when(group.firstReceivedAt)}</td>
      <td role="cell" class="col-last">${when(group.lastReceivedAt)}</td>
      <td role="cell" class="col-trend">${trend(group.perHour, `${reasonWords(group.reason)}, of those still set aside`)}</td>
    </tr>`;
  }

  /** What to do about the chosen group, and the means to. */
  private renderChosen(reason: string): TemplateResult {
    const { summary, filter } = this.store;
    const group = summary?.groups.find((g) => g.reason === reason);
    const scope: Scope = { reason, device: filter.device, devices: group?.devices ?? 0, count: group?.items ?? 0, lastId: group?.lastId ?? 0, item: null };
    return html`<section class="chosen-group" aria-label="The chosen group">
      <p>${ruleOf(reason).todo}</p>
      ${keyed(`${reason} ${filter.device}`, html`<tm-resolve .scope=${scope} .end=${null} @resolved=${this.onResolved}></tm-resolve>`)}
    </section>`;
  }

  private readonly onResolved = (event: Event): void => {
    this.store.settle((event as CustomEvent<{ outcomes: Outcome[] }>).detail.outcomes);
  };

  private renderList(): TemplateResult {
    const { store } = this;
    if (store.problem !== null) return html`<p class="empty"><strong>This cannot be shown.</strong> ${ended(store.problem)} <a href="/quarantine">Show everything that is set aside</a></p>`;
    if (!store.listed) return html`<p class="empty">&nbsp;</p>`;
    if (store.rows.length === 0) return this.renderEmpty();
    return html`<section class="items" aria-labelledby="items">
      <div class="items-head">
        <h2 id="items">Newest first</h2>
        ${store.newer === 0 ? nothing : html`<button class="button" data-newer @click=${() => store.showNewest()}>${store.newerIsAtLeast ? 'At least ' : ''}${count(store.newer)} more came since: show</button>`}
        ${store.filter.reason === null ? html`<span class="quiet">Choose a reason to replay or discard all of it.</span>` : nothing}
      </div>
      <table class="items" role="table" aria-labelledby="items">
        <thead role="rowgroup">
          <tr role="row">
            ${['Item', 'Device', 'Reason', 'Detail', 'Received', 'Bytes'].map((word) => html`<th role="columnheader" scope="col">${word}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${store.rows.map((row) => this.renderRow(row))}
        </tbody>
      </table>
      ${store.hasMore ? html`<button class="button" data-more @click=${() => void this.more(() => store.more())}>More</button>` : html`<p class="quiet">That is all of it.</p>`}
      ${this.moreProblem === null ? nothing : html`<span class="mark-error" role="alert">▲ ${this.moreProblem} Press More to try again.</span>`}
    </section>`;
  }

  private renderRow(row: Row): TemplateResult {
    const { fate } = row;
    return html`<tr role="row" data-item=${row.id} data-fate=${fate ?? nothing}>
      <td role="cell" class="col-item"><a href=${quarantineHref(this.store.filter, row.id)}>${nameOf(row)}</a>${fate ? html` <span class="fate">${FATES[fate]}</span>` : nothing}</td>
      <td role="cell" class="col-device"><a href=${deviceHref(row.device)}>${row.device}</a></td>
      <td role="cell" class="col-reason">${reasonWords(row.reason)}</td>
      <td role="cell" class="col-detail" title=${row.detail}>${row.detail}</td>
      <td role="cell" class="col-received">${when(row.receivedAt)}</td>
      <td role="cell" class="col-bytes">${counted(row.payloadBytes)}</td>
    </tr>`;
  }

  private renderEmpty(): TemplateResult {
    const { reason, device } = this.store.filter;
    if (reason === null && device === null) {
      return html`<p class="empty">
        What breaks a rule is kept here as it came, with the reason, until you replay or discard it. It appears by itself.
        <a href="/">See the fleet</a>
      </p>`;
    }
    const what = `${device === null ? 'Nothing' : `Nothing of ${device}`} is set aside${reason === null ? '' : ` for ${reasonWords(reason)}`}.`;
    return html`<p class="empty"><strong>${what}</strong> <a href="/quarantine">Show everything that is set aside</a></p>`;
  }

  private async more(load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.moreProblem = null;
    } catch (cause) {
      this.moreProblem = (cause as Error).message;
    }
    this.requestUpdate();
  }

  private renderDone(): TemplateResult | typeof nothing {
    const { store } = this;
    if (store.actions.length === 0) return nothing;
    return html`<section class="done" aria-labelledby="done">
      <h2 id="done">What was done</h2>
      <ul>
        ${runs(store.actions).map(
          ({ newest, count: n }) => html`<li>
            ${when(newest.time)} ${actionWords(newest)}, ${n === 1 ? html`<a href=${quarantineHref(store.filter, newest.item)}>${amount(1, newest.reason)}</a>` : amount(n, newest.reason)} of
            <a href=${deviceHref(newest.device)}>${newest.device}</a> <span class="quiet">(${reasonWords(newest.reason)})</span>${newest.note ? html`: “${newest.note}”` : nothing}
          </li>`,
        )}
      </ul>
      ${store.hasMoreActions ? html`<button class="button" @click=${() => void this.more(() => store.moreActions())}>Earlier</button>` : nothing}
    </section>`;
  }
}

function renderFull(summary: Summary): TemplateResult | typeof nothing {
  const full = Math.max(summary.items / summary.maxItems, summary.bytes / summary.maxBytes);
  if (full < NEARLY_FULL) return nothing;
  return html`<p class="mark-error" role="alert">
    ▲ ${Math.floor(full * 100)} % full: beyond, the oldest are dropped and declared. Replay or discard what is here, or raise tidemark.quarantine.max-items and .max-bytes.
  </p>`;
}

function when(time: string): TemplateResult {
  return html`<time datetime=${time} title=${absolute(time)}>${relative(parseTime(time))}</time>`;
}

customElements.define('tm-quarantine', QuarantinePage);
