// Alerts: what fires first, then the rules with their last evaluation, then what has fired.
import { html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import '../components/alert-form';
import { measured } from '../components/number';
import { notice } from '../components/notice';
import { alertSentence, judgementWords, limitText, ruleSentence, silentMs } from '../lib/alert-words';
import { AlertStore, type Alert, type AlertState, type Delivery, type Episode, type Rule } from '../lib/alerts';
import { absolute, clock, duration, ended, parseTime, plural, relative, zone } from '../lib/format';
import { metricLabel, metricUnit } from '../lib/metrics';
import { deviceHref, go, query } from '../lib/router';
import { session } from '../lib/session';
import { closed } from '../components/closed';

const CLOCK_MS = 1000;
const HISTORY_SHORT = 10;
const HISTORY_LONG = 500;
const AROUND_MS = 15 * 60_000;
const OVERDUE_MS = 5000;
const SHAPES: Record<AlertState, TemplateResult> = {
  firing: svg`<path d="M5 .8 9.6 9.2H.4z" fill="currentColor"/>`,
  pending: svg`<path d="M5 1.6 9 8.700H1z" fill="none" stroke="currentColor" stroke-width="1.4"/>`,
  'no data': svg`<circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 1.7"/>`,
};

export class AlertsPage extends LitElement {
  private readonly store = new AlertStore();
  private timer = 0;
  private wasOpen = '';

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Alerts · Tidemark';
    this.store.addEventListener('change', this.refresh);
    window.addEventListener('route-changed', this.onRoute);
    window.addEventListener('popstate', this.onRoute);
    this.timer = window.setInterval(this.refresh, CLOCK_MS);
    this.wish();
    this.store.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.store.stop();
    this.store.removeEventListener('change', this.refresh);
    window.removeEventListener('route-changed', this.onRoute);
    window.removeEventListener('popstate', this.onRoute);
    clearInterval(this.timer);
  }

  private readonly refresh = (): void => this.requestUpdate();

  private readonly onRoute = (): void => {
    if (location.pathname !== '/alerts') return;
    this.wish();
    this.store.now();
    this.requestUpdate();
  };

  private wish(): void {
    const params = query();
    this.store.wish = {
      rule: params.get('of') ?? '',
      device: params.get('device') ?? '',
      limit: params.has('history') ? HISTORY_LONG : HISTORY_SHORT,
    };
  }

  protected override render(): TemplateResult {
    const { alerts } = this.store;
    return html`
      <div class="alerts">
        <section class="alerts-head" aria-label="Summary">
          ${this.renderSentence()} ${notice(this.usual(), this.store.retryAt)}
        </section>
        ${this.renderForm()}
        ${alerts && !query().has('history') ? html`${this.renderNow(alerts.items)} ${this.renderRules()}` : nothing}
        ${alerts ? this.renderHistory() : nothing}
      </div>
    `;
  }

  private renderSentence(): TemplateResult {
    const { alerts } = this.store;
    if (!alerts) return html`<h1 class="sentence quiet">Asking for the alerts…</h1>`;
    const isFiring = alerts.items.some((alert) => alert.state === 'firing');
    return html`<h1 class="sentence ${isFiring ? 'is-firing' : ''}">${alertSentence(alerts)}</h1>`;
  }

  private usual(): TemplateResult | string {
    const { alerts } = this.store;
    if (!alerts) return '';
    if (alerts.trouble) return html`<span class="mark-error">▲ The rules cannot be judged now: ${alerts.trouble}</span>`;
    if (alerts.judgedAt === null) return '';
    const parts = [plural(alerts.firing, 'firing', 'firing'), `${alerts.pending} pending`, `${alerts.noData} without data`];
    return `${parts.join(', ')} · judged at ${clock(parseTime(alerts.judgedAt))} ${zone()}`;
  }

  // ---- the form

  private renderForm(): TemplateResult | typeof nothing {
    const params = query();
    const id = params.get('rule');
    if (!params.has('new') && (id === null || !this.store.alerts)) return nothing;
    if (!session.may('operator')) return closed('operator', 'Rules are changed');
    if (id === null) return this.form(null, 'new');
    const rule = this.store.rules.find((one) => String(one.id) === id);
    if (rule) return this.form(rule, id);
    return html`<p class="empty"><strong>There is no rule ${id} any more.</strong><a href="/alerts">Show the rules there are</a></p>`;
  }

  private form(rule: Rule | null, key: string): TemplateResult {
    return html`<tm-alert-form
      .rule=${rule}
      .key=${key}
      @rule-done=${() => {
        go('/alerts');
        this.store.now();
      }}
      @rule-reload=${() => this.store.now()}
    ></tm-alert-form>`;
  }

  // ---- now

  private renderNow(items: Alert[]): TemplateResult {
    if (items.length === 0) return html``;
    return html`<section aria-labelledby="alerts-now">
      <h2 id="alerts-now">Not ok now</h2>
      <ul class="alert-list">
        ${items.map((alert) => this.renderAlert(alert))}
      </ul>
    </section>`;
  }

  private renderAlert(alert: Alert): TemplateResult {
    return html`<li class="alert state-${alert.state.replace(' ', '-')}" data-device=${alert.device} data-state=${alert.state}>
      <span class="alert-state"><svg viewBox="0 0 10 10" aria-hidden="true">${SHAPES[alert.state]}</svg>${alert.state}</span>
      <a class="alert-device" href=${around(alert.device, alert.since, null)}>${alert.device}</a>
      <span class="alert-what">${this.renderWhat(alert)}</span>
      <span class="alert-since">since <time datetime=${alert.since} title=${absolute(alert.since)}>${relative(parseTime(alert.since))}</time></span>
      ${session.may('operator') ? html`<a class="alert-rule" href="/alerts?rule=${alert.rule}">${alert.name}</a>` : html`<span class="alert-rule">${alert.name}</span>`}
    </li>`;
  }

  private renderWhat(alert: Alert): TemplateResult {
    if (alert.metric === null) return html`silent for ${duration(silentMs(alert))}`;
    const unit = metricUnit(alert.metric, alert.unit);
    const sensor = alert.sensor ? html`<span class="quiet">${alert.sensor}</span> ` : '';
    const metric = metricLabel(alert.metric);
    if (alert.value === null) return html`${metric}: nothing has come yet`;
    if (alert.state === 'no data') return html`${sensor}${metric}, last ${measured(alert.value, unit)}`;
    return html`${sensor}${metric} ${measured(alert.value, unit)}
      <span class="quiet">${alert.direction} ${limitText(alert.threshold!, unit)}</span>
      ${alert.dataEnded ? html`<span class="quiet">· no data since ${relative(parseTime(alert.readingAt!))}</span>` : nothing}`;
  }

  // ---- rules

  private renderRules(): TemplateResult {
    return html`<section aria-labelledby="alerts-rules">
      <header class="section-head">
        <h2 id="alerts-rules">Rules</h2>
        ${session.may('operator') ? html`<a class="button" href="/alerts?new">New rule</a>` : nothing}
      </header>
      ${this.store.rules.length === 0
        ? html`<p class="empty">
            <strong>There are no rules yet.</strong>
            A rule watches a metric of one device, of all with a label or of all, or watches that devices are heard at all; and tells webhooks and e-mail
            addresses. ${session.may('operator') ? html`<a href="/alerts?new">Make the first one</a>` : 'Operators make them.'}
          </p>`
        : html`<ul class="rule-list">
            ${this.store.rules.map((rule) => this.renderRule(rule))}
          </ul>`}
    </section>`;
  }

  private renderRule(rule: Rule): TemplateResult {
    return html`<li class="rule ${rule.enabled ? '' : 'is-off'}" data-rule=${rule.id}>
      ${session.may('operator') ? html`<a class="rule-name" href="/alerts?rule=${rule.id}">${rule.name}</a>` : html`<span class="rule-name">${rule.name}</span>`}
      <span class="rule-words">${ruleSentence(rule)}</span>
      <span class="rule-judged" title=${rule.judgement ? absolute(rule.judgement.at) : nothing}>${judgementWords(rule)}</span>
      <span class="rule-tells">${this.renderReceivers(rule)}</span>
    </li>`;
  }

  private renderReceivers(rule: Rule): TemplateResult {
    const receivers = [...rule.webhooks, ...rule.emails];
    if (receivers.length === 0) return html`<span class="quiet">tells nobody: shown here only</span>`;
    const bad = rule.deliveries.filter((one) => one.status !== 'delivered');
    return html`tells ${plural(receivers.length, 'receiver')}${bad.map((one) => html`<span class="delivery mark-error" data-status=${one.status}>${deliveryWords(one)}</span>`)}`;
  }

  // ---- history

  private renderHistory(): TemplateResult {
    const isLong = query().has('history');
    const { rules, wish } = this.store;
    const isKnown = wish.rule === '' || rules.some(({ id }) => String(id) === wish.rule);
    return html`<section aria-labelledby="alerts-history">
      <header class="section-head">
        <h2 id="alerts-history">History</h2>
        ${isLong ? html`<a class="button" href="/alerts">Back to what is now</a>` : html`<a class="button" href="/alerts?history">Show more, filter</a>`}
      </header>
      ${isLong
        ? html`<form class="history-filter" @change=${this.onFilter} @submit=${(event: Event) => event.preventDefault()}>
            <label>Rule <select name="of">
              <option value="">all rules</option>
              ${isKnown ? nothing : html`<option value=${wish.rule} selected>${wish.rule} (no such rule)</option>`}
              ${rules.map((rule) => html`<option value=${rule.id} ?selected=${String(rule.id) === wish.rule}>${rule.name}</option>`)}
            </select></label>
            <label>Device <input name="device" autocomplete="off" spellcheck="false" .value=${wish.device} /></label>
          </form>`
        : nothing}
      ${this.renderEpisodes()}
      ${this.store.historyGoesOn && isLong ? html`<p class="quiet">Older ones are in the API: /api/v1/alerts/history</p>` : nothing}
    </section>`;
  }

  private renderEpisodes(): TemplateResult {
    const { history, historyProblem, wish } = this.store;
    if (historyProblem !== null) {
      return html`<p class="empty" role="alert"><strong>This cannot be shown.</strong> ${ended(historyProblem)} <a href="/alerts?history">Show all that has fired</a></p>`;
    }
    if (history.length === 0) return html`<p class="empty"><strong>${wish.rule || wish.device ? 'Nothing of it has fired.' : 'Nothing has fired yet.'}</strong></p>`;
    return html`<ul class="history-list">
      ${history.map((episode) => this.renderEpisode(episode))}
    </ul>`;
  }

  private readonly onFilter = (event: Event): void => {
    const form = (event.target as HTMLElement).closest('form')!;
    const params = new URLSearchParams({ history: '' });
    for (const [key, text] of new FormData(form)) if (String(text).trim()) params.set(key, String(text).trim());
    go(`/alerts?${params}`);
  };

  private renderEpisode(episode: Episode): TemplateResult {
    const lasted = episode.to === null ? 'fires still' : `for ${duration(parseTime(episode.to) - parseTime(episode.from))}`;
    const word = episode.withdrawn ? 'withdrawn' : episode.late ? 'late' : '';
    return html`<li class="episode ${episode.withdrawn ? 'is-withdrawn' : ''}" data-device=${episode.device}>
      <time datetime=${episode.from} title=${absolute(episode.from)}>${relative(parseTime(episode.from))}</time>
      <a class="alert-device" href=${around(episode.device, episode.from, episode.to)}>${episode.device}</a>
      <span class="episode-name">${episode.name}</span>
      <span title=${episode.to ? `until ${absolute(episode.to)}` : nothing}>${lasted}</span>
      <span class="episode-note">${word ? html`<b>${word}</b> ` : nothing}<span class="quiet">${episode.note.replace(/^withdrawn: /, '')}</span></span>
    </li>`;
  }

  protected override updated(): void {
    const params = query();
    const open = params.has('new') ? 'new' : (params.get('rule') ?? '');
    if (open === this.wasOpen) return;
    const form = this.querySelector('tm-alert-form');
    if (open && !form) return; // its rule is not known yet
    const before = this.wasOpen;
    this.wasOpen = open;
    if (open || !before) return;
    // Back to where one came from; a rule that is gone leaves the list's head.
    const from = before === 'new' ? null : this.querySelector<HTMLElement>(`[data-rule="${before}"] a`);
    (from ?? this.querySelector<HTMLElement>('.section-head a'))?.focus();
  }
}

/** Each receiver is told in order: one that does not answer holds up what comes after. */
function overdue(delivery: Delivery): boolean {
  return delivery.nextAt !== null && Date.now() - parseTime(delivery.nextAt) > OVERDUE_MS;
}

/** Of a URL its host; an address, and what is neither, as it is. */
function hostOf(receiver: string): string {
  try {
    return new URL(receiver).host || receiver;
  } catch {
    return receiver;
  }
}

function deliveryWords(delivery: Delivery): string {
  const host = hostOf(delivery.receiver);
  if (delivery.status === 'given up') return `▲ ${host}: given up ${delivery.doneAt ? relative(parseTime(delivery.doneAt)) : ''}: ${delivery.said}`;
  const again = delivery.nextAt ? `, again ${relative(parseTime(delivery.nextAt))}` : '';
  if (delivery.attempts === 0) return overdue(delivery) ? `▲ ${host}: waits behind what has not arrived there` : `${host}: on its way`;
  return `▲ ${host}: failed ${plural(delivery.attempts, 'time')}: ${delivery.said}${again}`;
}

/** The device's page with the time around it. */
function around(device: string, from: string, to: string | null): string {
  const fromMs = parseTime(from) - AROUND_MS;
  const toMs = to === null ? Date.now() : parseTime(to) + AROUND_MS;
  return `${deviceHref(device)}?from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
}

customElements.define('tm-alerts', AlertsPage);
