// To log in; and, where ingest has printed a token for it, to make the first administrator.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { errorsOf, field, formError, typed, type Errors } from '../components/form-field';
import { send } from '../lib/http';
import { go, query, rewrite } from '../lib/router';
import { afterLogin, session } from '../lib/session';

/** Where to go once the provider has sent one back. */
const GO_TO = 'login-to';
const OIDC_DONE = 'in';

/** How a login by the OpenID provider can end, if not well. */
const OIDC_ENDS: Record<string, string> = {
  'no-role': 'The provider knows you, but none of your groups there has a role here. Whoever administers Tidemark can give it one.',
  disabled: 'An administrator has disabled your user.',
  name: 'The provider says no name for you that could be a user here: 1 to 59 of a-z 0-9 . _ @ + -.',
  'name-taken': 'Another person of the provider has logged in by your name before. An administrator can delete that user.',
  full: 'There are as many users as there may be. An administrator can delete some.',
  declined: 'The provider did not let you log in, or you did not go on there.',
  unasked: 'That was an answer of the provider to something this browser has not asked, or too late. Please try again.',
  failed: 'What the provider answered did not hold. The log of ingest says more.',
  'too-many': 'Too many logins by the provider were begun from your address, or are on their way. Try again in a minute.',
  away: 'The provider does not answer. Try again, or log in with a name and password.',
};

export class LoginPage extends LitElement {
  private errors: Errors = {};
  private setupErrors: Errors = {};
  private isBusy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Log in · Tidemark';
    session.addEventListener('change', this.refresh);
    const end = query().get('oidc');
    if (end === OIDC_DONE && !session.isOut) this.comeBack();
    else if (end !== null) this.errors = { '': OIDC_ENDS[end] ?? 'The login by the provider has failed.' };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    session.removeEventListener('change', this.refresh);
  }

  private readonly refresh = (): void => this.requestUpdate();

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>('input')?.focus();
  }

  protected override render(): TemplateResult {
    const here = session.now;
    if (here !== null && !session.isOut) {
      return html`<div class="access">
        <h1 class="sentence">${here.security === 'off' ? 'Security is off: nobody has to log in.' : `You are logged in as ${here.name}.`}</h1>
        <p><a href="/">Go to the fleet</a></p>
      </div>`;
    }
    return html`<div class="login">
      <form class="panel" novalidate aria-labelledby="login-title" @submit=${this.logIn}>
        <h1 id="login-title">Log in</h1>
        ${formError(this.errors)} ${field({ name: 'name', label: 'Name', autocomplete: 'username' }, this.errors)}
        ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }, this.errors)}
        <button class="button primary" ?disabled=${this.isBusy}>Log in</button>
        ${here?.oidc ? html`<a class="button" href="/login/oidc" @click=${this.leave}>Log in with ${here.oidc}</a>` : nothing}
        <p class="quiet">No password? An administrator makes users, and gives lost ones another password.</p>
      </form>
      ${here?.setup ? this.renderSetup() : nothing}
    </div>`;
  }

  private renderSetup(): TemplateResult {
    return html`<form class="panel setup" novalidate aria-labelledby="setup-title" @submit=${this.setUp}>
      <h2 id="setup-title">Make an administrator</h2>
      <p>Ingest has printed a token into its log at its start. It works once.</p>
      ${formError(this.setupErrors)} ${field({ name: 'token', label: 'Token', hint: 'begins with tms_' }, this.setupErrors)}
      ${field({ name: 'admin', label: "Administrator's name", hint: '1 to 64 of a-z 0-9 . _ @ -', autocomplete: 'username' }, this.setupErrors)}
      ${field({ name: 'first', label: 'Password to be', type: 'password', hint: '12 characters or more', autocomplete: 'new-password' }, this.setupErrors)}
      <button class="button primary" ?disabled=${this.isBusy}>Make the administrator</button>
    </form>`;
  }

  private readonly logIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = typed(form);
    this.errors = await this.tried(async () => {
      await session.logIn(text('name'), text('password'));
      this.enter();
    }, ['name', 'password']);
    this.settle(form, this.errors, 'password');
  };

  private readonly setUp = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = typed(form);
    const failed = await this.tried(async () => {
      await send('POST', '/session/setup', { token: text('token'), name: text('admin'), password: text('first') });
      await session.logIn(text('admin'), text('first'));
      this.enter();
    }, ['token', 'name', 'password']);
    // There its fields are called otherwise than in the other form of the page.
    this.setupErrors = { '': failed[''] ?? '', token: failed['token'] ?? '', admin: failed['name'] ?? '', first: failed['password'] ?? '' };
    this.settle(form, this.setupErrors, 'token');
  };

  private async tried(task: () => Promise<void>, fields: readonly string[]): Promise<Errors> {
    this.isBusy = true;
    this.requestUpdate();
    try {
      await task();
      return {};
    } catch (cause) {
      return errorsOf(cause, fields);
    } finally {
      this.isBusy = false;
    }
  }

  private settle(form: HTMLFormElement, errors: Errors, usual: string): void {
    this.requestUpdate();
    const wrong = Object.entries(errors).find(([, words]) => words);
    if (!wrong) return;
    void this.updateComplete.then(() => form.querySelector<HTMLInputElement>(`[name=${wrong[0] || usual}]`)?.select());
  }

  private readonly leave = (): void => sessionStorage.setItem(GO_TO, query().get('to') ?? '/');

  private comeBack(): void {
    rewrite(afterLogin(sessionStorage.getItem(GO_TO)));
    sessionStorage.removeItem(GO_TO);
    window.dispatchEvent(new Event('route-changed'));
  }

  private enter(): void {
    go(afterLogin(query().get('to')));
  }
}

customElements.define('tm-login', LoginPage);
