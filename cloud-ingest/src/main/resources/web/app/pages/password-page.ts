// To give oneself another password.
import { html, LitElement, type TemplateResult } from 'lit';
import { errorsOf, field, formError, typed, type Errors } from '../components/form-field';
import { send } from '../lib/http';
import { session } from '../lib/session';

export class PasswordPage extends LitElement {
  private errors: Errors = {};
  private isDone = false;
  private isBusy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'Change password · Tidemark';
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>('input')?.focus();
  }

  protected override render(): TemplateResult {
    if (session.now?.by !== 'session') {
      return html`<div class="access">
        <h1 class="sentence">There is no password to change.</h1>
        <p>${session.now?.security === 'off' ? 'Security is off: nobody has to log in.' : ''} <a href="/">Go to the fleet</a></p>
      </div>`;
    }
    return html`<div class="login">
      <form class="panel" novalidate aria-labelledby="password-title" @submit=${this.change}>
        <h1 id="password-title">Change password</h1>
        <p class="quiet">You are logged out everywhere else.</p>
        ${formError(this.errors)} ${field({ name: 'current', label: 'Password now', type: 'password', autocomplete: 'current-password' }, this.errors)}
        ${field({ name: 'password', label: 'Password to be', type: 'password', hint: '12 characters or more', autocomplete: 'new-password' }, this.errors)}
        <button class="button primary" ?disabled=${this.isBusy}>Change it</button>
        <p role="status">${this.isDone ? '✓ It is changed.' : ''}</p>
      </form>
    </div>`;
  }

  private readonly change = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = typed(form);
    this.isBusy = true;
    this.isDone = false;
    this.requestUpdate();
    try {
      await send('PUT', '/session/password', { current: text('current'), next: text('password') });
      this.errors = {};
      this.isDone = true;
      form.reset();
    } catch (cause) {
      this.errors = errorsOf(cause, ['current', 'password']);
    }
    this.isBusy = false;
    this.requestUpdate();
  };
}

customElements.define('tm-password', PasswordPage);
