// Passwords and keys of a device that has no certificate: for administrators, on the device's page.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { ago } from './ago';
import { fetchSecrets, makeSecret, withdrawSecret, type Secret, type SecretKind } from '../lib/access';
import { messageOf } from '../lib/http';
import { session } from '../lib/session';

const KINDS: { kind: SecretKind; word: string; use: string }[] = [
  { kind: 'password', word: 'password', use: 'for MQTT, with the device’s name as user name' },
  { kind: 'psk', word: 'key', use: 'for CoAP, with the device’s name as identity' },
];

export class DeviceSecrets extends LitElement {
  static override properties = { device: { attribute: false } };
  declare device: string;

  /** Null until it is known which there are. */
  private secrets: Secret[] | null = null;
  /** What was just made: shown this once. */
  private made: Secret | null = null;
  private problem = '';
  /** What is about to be done, and not done before it is said once more. */
  private asked = '';

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    session.addEventListener('change', this.onSession);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    session.removeEventListener('change', this.onSession);
  }

  private readonly onSession = (): void => void this.load();

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('device')) return;
    this.secrets = null;
    this.made = null;
    this.asked = '';
    void this.load();
  }

  /** With security off gateways ask nobody for any of it. */
  private get isShown(): boolean {
    return session.now?.security === 'on' && session.may('admin');
  }

  private async load(): Promise<void> {
    const { device } = this;
    if (this.isShown) {
      try {
        const secrets = await fetchSecrets(device);
        if (device !== this.device) return;
        this.secrets = secrets;
        this.problem = '';
      } catch (cause) {
        this.problem = messageOf(cause);
      }
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.isShown || (this.secrets === null && this.problem === '')) return nothing;
    return html`<section aria-labelledby="secrets">
      <h2 id="secrets">Without a certificate</h2>
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert">▲ ${this.problem} <button class="button" @click=${() => this.load()}>Ask again</button></p>`}
      ${this.made === null ? nothing : this.renderMade(this.made)}
      ${this.secrets === null
        ? nothing
        : html`<table class="facts secrets">
            <tbody>
              ${KINDS.map(({ kind, word, use }) => this.renderKind(kind, word, use))}
            </tbody>
          </table>`}
    </section>`;
  }

  private renderKind(kind: SecretKind, word: string, use: string): TemplateResult {
    const has = this.secrets?.find((secret) => secret.kind === kind);
    return html`<tr data-kind=${kind} title=${use}>
      <th scope="row">${word}</th>
      <td>
        ${has
          ? html`<span>made ${ago(has.madeAt)} by ${has.madeBy}</span>
              ${this.sure(`make ${kind}`, 'Give another…', `Give another, the old one ends`, () => this.make(kind))}
              ${this.sure(`withdraw ${kind}`, 'Withdraw…', `Withdraw the ${word}`, () => withdrawSecret(this.device, kind))}`
          : html`<button class="button" @click=${() => this.act(() => this.make(kind))}>Give a ${word}…</button>`}
      </td>
    </tr>`;
  }

  private renderMade({ kind, secret, hex }: Secret): TemplateResult {
    const word = KINDS.find((one) => one.kind === kind)!.word;
    return html`<div class="made" role="status">
      <p><strong>The ${word} of ${this.device}.</strong> Copy it now: it is not shown again.</p>
      <p class="secret"><code>${secret}</code></p>
      ${hex === undefined ? nothing : html`<p class="secret"><span class="quiet">in hexadecimal</span> <code>${hex}</code></p>`}
      <button class="button" @click=${() => navigator.clipboard.writeText(secret ?? '')}>Copy it</button>
      <button class="button" @click=${this.forget}>I have it</button>
    </div>`;
  }

  private readonly forget = (): void => {
    this.made = null;
    this.requestUpdate();
  };

  private async make(kind: SecretKind): Promise<void> {
    const { device } = this;
    const made = await makeSecret(device, kind);
    if (device === this.device) this.made = made; // else it would be shown as another's
  }

  /** A button that asks, and in its place one that does. */
  private sure(what: string, words: string, sureWords: string, deed: () => Promise<void>): TemplateResult {
    if (this.asked !== what) return html`<button class="button" @click=${() => this.ask(what)}>${words}</button>`;
    return html`<span class="inline">
      <button class="button danger" @click=${() => this.act(deed)}>${sureWords}</button>
      <button class="button" @click=${() => this.ask('')}>Cancel</button>
    </span>`;
  }

  private ask(what: string): void {
    this.asked = what;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.inline button')?.focus());
  }

  private async act(deed: () => Promise<void>): Promise<void> {
    this.asked = '';
    this.made = null;
    const { device } = this;
    let problem = '';
    try {
      await deed();
    } catch (cause) {
      problem = messageOf(cause);
    }
    await this.load();
    if (device === this.device) this.problem ||= problem;
    this.requestUpdate();
  }
}

customElements.define('tm-secrets', DeviceSecrets);
