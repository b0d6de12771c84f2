// Users and API keys: made, changed, and made void.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { ago } from '../components/ago';
import { closed } from '../components/closed';
import { Deeds } from '../components/deeds';
import { errorsOf, field, formError, typed, type Errors } from '../components/form-field';
import { made } from '../components/made';
import { changeUser, deleteUser, fetchKeys, fetchUsers, makeKey, makeUser, revokeKey, type Key, type User } from '../lib/access';
import { parseTime } from '../lib/format';
import { messageOf } from '../lib/http';
import { ROLES, session, type Role } from '../lib/session';

const KEY_DAYS = 90;
const DAY_MS = 86_400_000;

export class AccessPage extends LitElement {
  private users: User[] | null = null;
  private keys: Key[] = [];
  private problem = '';
  private userErrors: Errors = {};
  private keyErrors: Errors = {};
  /** The secret of the key that was just made: shown this once. */
  private made: { name: string; secret: string } | null = null;
  /** Counts what was made: each time the forms begin anew. */
  private filled = 0;
  private readonly deeds = new Deeds(this, () => this.load());

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Users and keys · Tidemark';
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
        [this.users, this.keys] = await Promise.all([fetchUsers(), fetchKeys()]);
        this.problem = '';
      } catch (cause) {
        this.problem = messageOf(cause);
      }
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (!session.may('admin')) return html`<div class="access"><h1 class="sentence">Users and keys</h1>${closed('admin', 'Users and keys are seen and changed')}</div>`;
    const problem = this.problem || this.deeds.problem;
    return html`<div class="access">
      <h1 class="sentence">Users and keys</h1>
      ${session.now?.security === 'off' ? html`<p class="notice">Security is off: everybody who reaches ingest may do everything, whoever is listed here.</p>` : nothing}
      ${problem === '' ? nothing : html`<p class="problem" role="alert">▲ ${problem} <button class="button" @click=${() => this.deeds.again()}>Ask again</button></p>`}
      ${this.users === null ? nothing : html`${this.renderUsers(this.users)} ${this.renderKeys()}`}
    </div>`;
  }

  // ---- users

  private renderUsers(users: User[]): TemplateResult {
    return html`<section aria-labelledby="users-title">
      <h2 id="users-title">Users</h2>
      <div class="table-frame" tabindex="0" role="region" aria-label="Table of users">
        <table class="list">
          <thead>
            <tr><th scope="col">name</th><th scope="col">role</th><th scope="col">state</th><th scope="col">last login</th><th scope="col" class="number">sessions</th><th scope="col"><span class="hidden-text">what can be done</span></th></tr>
          </thead>
          <tbody>
            ${users.map((user) => this.renderUser(user))}
          </tbody>
        </table>
      </div>
      ${keyed(`user ${this.filled}`, this.renderNewUser())}
    </section>`;
  }

  private renderUser(user: User): TemplateResult {
    const { name, role, enabled } = user;
    const isHere = user.by === 'password';
    return html`<tr data-user=${name}>
      <th scope="row">${name}</th>
      <td>
        ${isHere
          ? html`<select class="select" aria-label="Role of ${name}" @change=${(event: Event) => this.deeds.act(() => changeUser(name, (event.target as HTMLSelectElement).value as Role, enabled))}>
              ${ROLES.map((one) => html`<option value=${one} ?selected=${one === role}>${one}</option>`)}
            </select>`
          : html`<span title="The provider says the role, at each login">${role}</span>`}
      </td>
      <td>${enabled ? 'can log in' : html`<strong>disabled</strong>`}</td>
      <td>${ago(user.loginAt)}</td>
      <td class="number">${user.sessions}</td>
      <td class="deeds">
        ${this.deeds.isAsked(`password ${name}`)
          ? this.renderPassword(user)
          : html`<button class="button" @click=${() => this.deeds.act(() => changeUser(name, role, !enabled))}>${enabled ? 'Disable' : 'Enable'}</button>
              ${isHere ? html`<button class="button" @click=${() => this.deeds.ask(`password ${name}`)}>New password…</button>` : nothing}
              ${this.deeds.sure(`delete ${name}`, 'Delete…', `Delete ${name}`, () => deleteUser(name))}`}
      </td>
    </tr>`;
  }

  private renderPassword({ name, role, enabled }: User): TemplateResult {
    return html`<form
      class="inline"
      @submit=${(event: Event) => {
        event.preventDefault();
        const text = typed(event.target as HTMLFormElement);
        void this.deeds.act(() => changeUser(name, role, enabled, text('next')));
      }}
    >
      <input name="next" type="password" autocomplete="new-password" required minlength="12" aria-label="New password of ${name}, 12 characters or more" placeholder="12 characters or more" />
      <button class="button primary">Set it</button>
      <button class="button" type="button" @click=${() => this.deeds.ask('')}>Cancel</button>
    </form>`;
  }

  private renderNewUser(): TemplateResult {
    return html`<form class="panel wide-panel" novalidate aria-labelledby="new-user" @submit=${this.onNewUser}>
      <h3 id="new-user">New user</h3>
      ${formError(this.userErrors)}
      <div class="fields">
        ${field({ name: 'name', label: 'Name', hint: '1 to 64 of a-z 0-9 . _ @ -' }, this.userErrors)} ${roleField('user-role')}
        ${field({ name: 'password', label: 'Password', type: 'password', hint: '12 characters or more', autocomplete: 'new-password' }, this.userErrors)}
      </div>
      <button class="button primary">Make the user</button>
    </form>`;
  }

  private readonly onNewUser = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = typed(event.target as HTMLFormElement);
    try {
      await makeUser(text('name'), text('role') as Role, text('password'));
      this.userErrors = {};
      this.filled++;
    } catch (cause) {
      this.userErrors = errorsOf(cause, ['name', 'password']);
    }
    await this.load();
  };

  // ---- keys

  private renderKeys(): TemplateResult {
    return html`<section aria-labelledby="keys-title">
      <h2 id="keys-title">API keys</h2>
      ${this.made === null ? nothing : made(`The key ${this.made.name}`, this.made.secret, this.forget)}
      ${this.keys.length === 0
        ? html`<p class="empty"><strong>There are no keys.</strong> A program sends one as Authorization: Bearer with each request.</p>`
        : html`<div class="table-frame" tabindex="0" role="region" aria-label="Table of keys">
            <table class="list">
              <thead>
                <tr><th scope="col">name</th><th scope="col">role</th><th scope="col">made</th><th scope="col">state</th><th scope="col">last used</th><th scope="col"><span class="hidden-text">what can be done</span></th></tr>
              </thead>
              <tbody>
                ${this.keys.map((key) => this.renderKey(key))}
              </tbody>
            </table>
          </div>`}
      ${keyed(`key ${this.filled}`, this.renderNewKey())}
    </section>`;
  }

  private readonly forget = (): void => {
    this.made = null;
    this.requestUpdate();
  };

  private renderKey(key: Key): TemplateResult {
    const isExpired = parseTime(key.expiresAt) <= Date.now();
    const isVoid = isExpired || key.revokedAt !== null;
    const state = key.revokedAt !== null ? html`<strong>revoked</strong> ${ago(key.revokedAt)}` : html`${isExpired ? html`<strong>expired</strong>` : 'expires'} ${ago(key.expiresAt)}`;
    return html`<tr data-key=${key.id} class=${isVoid ? 'is-void' : ''}>
      <th scope="row">${key.name}</th>
      <td>${key.role}</td>
      <td>${ago(key.createdAt)} by ${key.createdBy}</td>
      <td>${state}</td>
      <td>${ago(key.usedAt)}</td>
      <td class="deeds">${isVoid ? nothing : this.deeds.sure(`revoke ${key.id}`, 'Revoke…', `Revoke ${key.name}`, () => revokeKey(key.id))}</td>
    </tr>`;
  }

  private renderNewKey(): TemplateResult {
    const expiry = new Date(Date.now() + KEY_DAYS * DAY_MS).toISOString().slice(0, 10);
    return html`<form class="panel wide-panel" novalidate aria-labelledby="new-key" @submit=${this.onNewKey}>
      <h3 id="new-key">New key</h3>
      ${formError(this.keyErrors)}
      <div class="fields">
        ${field({ name: 'keyName', label: 'What it is for', hint: 'the program, and where it runs' }, this.keyErrors)} ${roleField('key-role')}
        ${field({ name: 'expiresAt', label: 'Void from', type: 'date', hint: 'the day, in UTC', value: expiry }, this.keyErrors)}
      </div>
      <button class="button primary">Make the key</button>
    </form>`;
  }

  private readonly onNewKey = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = typed(event.target as HTMLFormElement);
    try {
      const { key, secret } = await makeKey(text('keyName'), text('role') as Role, `${text('expiresAt')}T00:00:00Z`);
      this.made = { name: key.name, secret };
      this.keyErrors = {};
      this.filled++;
    } catch (cause) {
      const errors = errorsOf(cause, ['name', 'expiresAt']);
      this.keyErrors = { ...errors, keyName: errors['name'] ?? '' };
    }
    await this.load();
  };
}

function roleField(id: string): TemplateResult {
  return html`<div class="field">
    <label for=${id}>Role</label>
    <select id=${id} name="role">
      ${ROLES.map((role) => html`<option value=${role}>${role}</option>`)}
    </select>
    <p class="quiet">viewers read; operators also change; admins also say who may</p>
  </div>`;
}

customElements.define('tm-access', AccessPage);
