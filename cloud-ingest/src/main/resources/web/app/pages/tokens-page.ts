// Enrolment tokens: made, and withdrawn.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { ago } from '../components/ago';
import { closed } from '../components/closed';
import { Deeds } from '../components/deeds';
import { errorsOf, field, formError, typed, type Errors } from '../components/form-field';
import { made } from '../components/made';
import { fetchInstallLine, fetchTokens, makeToken, TOKEN_ROLES, withdrawToken, type EnrolmentToken, type TokenRole } from '../lib/enrolment';
import { count } from '../lib/format';
import { messageOf } from '../lib/http';
import { session } from '../lib/session';

const VALIDITIES: readonly [string, string][] = [
  ['PT1H', 'an hour'],
  ['PT24H', 'a day'],
  ['P7D', 'a week'],
  ['P30D', '30 days'],
  ['P365D', 'a year'],
];
const USUAL_VALIDITY = 'PT24H';

export class TokensPage extends LitElement {
  private tokens: EnrolmentToken[] | null = null;
  private problem = '';
  private errors: Errors = {};
  /** What the one that is about to be made is for. */
  private wanted: TokenRole = 'device';
  /** The one that was just made: shown this once. */
  private made: EnrolmentToken | null = null;
  /** What installs the agent on a device; null if this ingest has no agent to give. */
  private installLine: string | null = null;
  /** Counts what was made: each time the form begins anew. */
  private filled = 0;
  private readonly deeds = new Deeds(this, () => this.load());

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Enrolment tokens · Tidemark';
    session.addEventListener('change', this.onSession);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    session.removeEventListener('change', this.onSession);
  }

  private readonly onSession = (): void => void this.load();

  private async load(): Promise<void> {
    if (session.may('admin')) {
      try {
        this.tokens = await fetchTokens();
        this.problem = '';
      } catch (cause) {
        this.problem = messageOf(cause);
      }
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (!session.may('admin')) return html`<div class="access"><h1 class="sentence">Enrolment tokens</h1>${closed('admin', 'Enrolment tokens are seen and made')}</div>`;
    const problem = this.problem || this.deeds.problem;
    return html`<div class="access">
      <h1 class="sentence">Enrolment tokens</h1>
      <p class="quiet">With one a device or a gateway gets its first certificate; those after it, it gets by itself.</p>
      ${problem === '' ? nothing : html`<p class="problem" role="alert">▲ ${problem} <button class="button" @click=${() => this.deeds.again()}>Ask again</button></p>`}
      ${this.made === null ? nothing : made(`Token ${this.made.id}`, this.made.token ?? '', this.forget)}
      ${this.made?.role === 'device' && this.installLine !== null ? renderInstall(this.installLine) : nothing}
      ${this.tokens === null ? nothing : html`${this.renderTokens(this.tokens)} ${keyed(this.filled, this.renderNew())}`}
    </div>`;
  }

  private readonly forget = (): void => {
    this.made = null;
    this.requestUpdate();
  };

  private renderTokens(tokens: EnrolmentToken[]): TemplateResult {
    if (tokens.length === 0) return html`<p class="empty"><strong>There are no tokens.</strong> One is forgotten 90 days after its end.</p>`;
    return html`<div class="table-frame" tabindex="0" role="region" aria-label="Table of tokens">
      <table class="list">
        <thead>
          <tr><th scope="col">token</th><th scope="col">for</th><th scope="col">used</th><th scope="col">made</th><th scope="col">state</th><th scope="col">site, labels, hosts</th><th scope="col"><span class="hidden-text">what can be done</span></th></tr>
        </thead>
        <tbody>
          ${tokens.map((token) => this.renderToken(token))}
        </tbody>
      </table>
    </div>`;
  }

  private renderToken(token: EnrolmentToken): TemplateResult {
    const { id, role, name, state } = token;
    return html`<tr data-token=${id} class=${state === 'good' ? '' : 'is-void'}>
      <th scope="row">${id}</th>
      <td>${name === undefined ? `any ${role}` : `${role} ${name}`}</td>
      <td>${count(token.used)} of ${count(token.uses)}</td>
      <td>${ago(token.madeAt)}</td>
      <td>${renderState(token)}</td>
      <td>${saidOf(token)}</td>
      <td class="deeds">${state === 'good' ? this.deeds.sure(`withdraw ${id}`, 'Withdraw…', `Withdraw token ${id}`, () => withdrawToken(id)) : nothing}</td>
    </tr>`;
  }

  private renderNew(): TemplateResult {
    const { errors, wanted: role } = this;
    return html`<form class="panel wide-panel" novalidate aria-labelledby="new-token" @submit=${this.onNew}>
      <h2 id="new-token">New token</h2>
      ${formError(errors)}
      <div class="fields">
        <div class="field">
          <label for="token-role">For</label>
          <select id="token-role" name="role" @change=${this.onRole}>
            ${TOKEN_ROLES.map((one) => html`<option value=${one} ?selected=${one === role}>${one === 'device' ? 'devices' : 'gateways'}</option>`)}
          </select>
          <p class="quiet">what may enrol with it</p>
        </div>
        ${field({ name: 'name', label: 'Only for', hint: `one ${role}'s name; else any that has no certificate yet` }, errors)}
        ${field({ name: 'uses', label: 'Uses', value: '1', hint: 'how often, up to 100,000' }, errors)}
        <div class="field">
          <label for="token-for">Good for</label>
          <select id="token-for" name="validFor">
            ${VALIDITIES.map(([text, words]) => html`<option value=${text} ?selected=${text === USUAL_VALIDITY}>${words}</option>`)}
          </select>
          <p class="quiet">or until it is used up</p>
        </div>
        ${role === 'device'
          ? html`${field({ name: 'site', label: 'Site', hint: 'of its devices, on these pages' }, errors)} ${field({ name: 'labels', label: 'Labels', hint: 'of its devices, separated by commas' }, errors)}`
          : field({ name: 'hosts', label: 'Hosts', hint: 'under which devices reach it, separated by commas' }, errors)}
        ${field({ name: 'urls', label: 'Ask at', hint: `https://host:port, separated by commas; else ${location.origin}` }, errors)}
      </div>
      <button class="button primary">Make the token</button>
    </form>`;
  }

  private readonly onRole = (event: Event): void => {
    this.wanted = (event.target as HTMLSelectElement).value as TokenRole;
    this.requestUpdate();
  };

  private readonly onNew = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = typed(event.target as HTMLFormElement);
    const uses = Number(text('uses').trim());
    try {
      this.made = await makeToken({
        role: this.wanted,
        name: text('name').trim(),
        uses: Number.isSafeInteger(uses) ? uses : 0, // which ingest refuses, in its words
        validFor: text('validFor'),
        site: text('site').trim(),
        labels: listed(text('labels')),
        hosts: listed(text('hosts')),
        urls: listed(text('urls')),
      });
      this.errors = {};
      this.filled++;
      this.installLine = await fetchInstallLine();
    } catch (cause) {
      this.errors = errorsOf(cause, ['name', 'uses', 'site', 'labels', 'hosts', 'urls']);
    }
    await this.load();
  };
}

function renderInstall(line: string): TemplateResult {
  return html`<div class="install">
    <p>On a Raspberry Pi, or another device with Debian, this line installs the agent, and says what to do with the token. If the device reaches ingest by another name, write that in both places.</p>
    <p class="secret"><code>${line}</code></p>
    <button class="button" @click=${() => navigator.clipboard.writeText(line)}>Copy the line</button>
  </div>`;
}

function renderState({ state, expiresAt, withdrawnAt }: EnrolmentToken): TemplateResult {
  switch (state) {
    case 'good':
      return html`ends ${ago(expiresAt)}`;
    case 'used':
      return html`<strong>used up</strong>`;
    case 'expired':
      return html`<strong>ended</strong> ${ago(expiresAt)}`;
    case 'withdrawn':
      return html`<strong>withdrawn</strong> ${ago(withdrawnAt ?? null)}`;
  }
}

function saidOf({ site, labels, hosts }: EnrolmentToken): TemplateResult {
  return html`${site} ${labels.map((label) => html`<span class="label-chip">${label}</span> `)} ${hosts.join(', ')}`;
}

/** What is between commas. */
function listed(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

customElements.define('tm-tokens', TokensPage);
