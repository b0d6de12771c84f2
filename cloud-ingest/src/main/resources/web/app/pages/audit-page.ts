// Who has changed what, newest first; the filter is part of the address.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { closed } from '../components/closed';
import { typed } from '../components/form-field';
import { fetchAudit, type AuditFilter, type Entry } from '../lib/access';
import { absolute, parseTime, relative } from '../lib/format';
import { messageOf } from '../lib/http';
import { go, query } from '../lib/router';
import { session } from '../lib/session';

/** In words, in the order of the list one picks from. */
const WORDS: Record<string, string> = {
  login: 'logged in',
  'login.failed': 'failed to log in',
  logout: 'logged out',
  'password.change': 'changed the password',
  setup: 'made an administrator',
  'user.make': 'made a user',
  'user.change': 'changed a user',
  'user.delete': 'deleted a user',
  'key.make': 'made a key',
  'key.revoke': 'revoked a key',
  'token.make': 'made a token',
  'token.withdraw': 'withdrew a token',
  enrol: 'enrolled',
  'secret.make': 'gave a password or key',
  'secret.withdraw': 'withdrew a password or key',
  'shut-out': 'shut out',
  'let-in': 'let back in',
  'root.make': 'made a root',
  'root.retire': 'retired a root',
  'registry.change': 'changed a record',
  'quarantine.replay': 'replayed',
  'quarantine.discard': 'discarded',
  'ledger.rebuild': 'rebuilt the ledger',
  'backup.make': 'made a backup',
  'rule.make': 'made a rule',
  'rule.change': 'changed a rule',
  'rule.delete': 'deleted a rule',
  'rule.test': 'tested a rule',
};

export class AuditPage extends LitElement {
  private entries: Entry[] = [];
  private next: string | null = null;
  private problem = '';
  private isLoaded = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Audit · Tidemark';
    window.addEventListener('route-changed', this.onRoute);
    window.addEventListener('popstate', this.onRoute);
    void this.load(false);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('route-changed', this.onRoute);
    window.removeEventListener('popstate', this.onRoute);
  }

  private readonly onRoute = (): void => {
    if (location.pathname === '/audit') void this.load(false);
  };

  private async load(isMore: boolean): Promise<void> {
    if (!session.may('admin')) return;
    try {
      const page = await fetchAudit(filterOf(), isMore ? this.next : null);
      this.entries = isMore ? [...this.entries, ...page.items] : page.items;
      this.next = page.next;
      this.problem = '';
    } catch (cause) {
      this.problem = messageOf(cause);
    }
    this.isLoaded = true;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (!session.may('admin')) return html`<div class="access"><h1 class="sentence">Audit</h1>${closed('admin', 'The audit is seen')}</div>`;
    return html`<div class="access">
      <h1 class="sentence">Audit</h1>
      <p class="quiet">Every change, who made it, and from where. Nothing of it can be changed or taken away.</p>
      ${this.renderFilter()}
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert">▲ ${this.problem} <a href="/audit">Show everything</a></p>`}
      ${this.renderEntries()}
      ${this.next === null ? nothing : html`<button class="button" @click=${() => this.load(true)}>Show older ones</button>`}
    </div>`;
  }

  private renderFilter(): TemplateResult {
    const filter = filterOf();
    return html`<form class="audit-filter" @change=${this.onFilter} @submit=${this.onFilter}>
      <label>Who <input name="who" autocomplete="off" spellcheck="false" .value=${filter.who} /></label>
      <label
        >What
        <select name="what">
          <option value="">everything</option>
          ${Object.entries(WORDS).map(([code, words]) => html`<option value=${code} ?selected=${filter.what === code}>${words}</option>`)}
        </select></label
      >
      <label>From <input name="from" type="date" .value=${filter.from.slice(0, 10)} /></label>
      <label>To before <input name="to" type="date" .value=${filter.to.slice(0, 10)} /></label>
    </form>`;
  }

  private renderEntries(): TemplateResult | typeof nothing {
    if (!this.isLoaded) return nothing;
    if (this.entries.length === 0) return html`<p class="empty"><strong>${this.problem ? '' : 'Nothing of it has been done.'}</strong></p>`;
    return html`<div class="table-frame" tabindex="0" role="region" aria-label="Entries">
      <table class="list audit">
        <thead>
          <tr><th scope="col">when</th><th scope="col">who</th><th scope="col">from</th><th scope="col">what</th><th scope="col">to what</th><th scope="col">before, after</th></tr>
        </thead>
        <tbody>
          ${this.entries.map(
            (entry) => html`<tr data-what=${entry.what}>
              <td><time datetime=${entry.time} title=${absolute(entry.time)}>${relative(parseTime(entry.time))}</time></td>
              <th scope="row">${entry.who}</th>
              <td>${entry.address}</td>
              <td>${WORDS[entry.what] ?? entry.what}</td>
              <td>${entry.subject}</td>
              <td class="texts">${entry.before === null ? nothing : html`<del>${entry.before}</del>`} ${entry.after === null ? nothing : html`<ins>${entry.after}</ins>`}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private readonly onFilter = (event: Event): void => {
    event.preventDefault();
    const text = typed((event.target as HTMLElement).closest('form')!);
    const params = new URLSearchParams();
    for (const name of ['who', 'what', 'from', 'to']) if (text(name).trim()) params.set(name, text(name).trim());
    go(`/audit${params.size > 0 ? `?${params}` : ''}`);
  };
}

/** Days are those of UTC. */
function filterOf(): AuditFilter {
  const params = query();
  const time = (name: string): string => {
    const day = params.get(name) ?? '';
    return day && !day.includes('T') ? `${day}T00:00:00Z` : day;
  };
  return { who: params.get('who') ?? '', what: params.get('what') ?? '', from: time('from'), to: time('to') };
}

customElements.define('tm-audit', AuditPage);
