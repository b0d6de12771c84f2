// Whether a device is shut out: since when, by whom and why, and the buttons that shut it out and let it back in.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { at } from './ago';
import { fetchShutOut, letIn, shutOut, type ShutOut, type ShutOutPeriod } from '../lib/access';
import { plural } from '../lib/format';
import { ApiError, messageOf } from '../lib/http';
import { session } from '../lib/session';

const WHY_MAX_LENGTH = 500;
const PERIODS_SHOWN_MAX = 5;
/** While a gateway may not know yet. */
const LOOK_MS = 1000;

export class ShutOutPanel extends LitElement {
  static override properties = { device: { attribute: false }, since: { attribute: false } };
  declare device: string;
  /** As the device list has it: when that changes, all is asked for anew. */
  declare since: string | null;

  private known: ShutOut | null = null;
  private problem = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    session.addEventListener('change', this.load);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    session.removeEventListener('change', this.load);
    clearTimeout(this.timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('device')) this.known = null;
    if (changed.has('device') || changed.has('since')) void this.load();
  }

  private readonly load = async (): Promise<void> => {
    const { device } = this;
    clearTimeout(this.timer);
    // With security off nobody is asked who it is.
    if (session.now?.security !== 'on') return;
    try {
      const known = await fetchShutOut(device);
      if (device !== this.device) return;
      this.known = known;
      this.problem = '';
    } catch (cause) {
      this.known = null;
      this.problem = cause instanceof ApiError && cause.status === 404 ? '' : messageOf(cause); // one that nobody knows is not shut out
    }
    if (this.isConnected && (this.problem !== '' || this.lagging > 0)) this.timer = setTimeout(this.load, LOOK_MS);
    this.requestUpdate();
  };

  private get lagging(): number {
    return this.known?.gateways.filter((gateway) => !gateway.current).length ?? 0;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { known } = this;
    if (known === null && this.problem === '') return nothing;
    return html`<section aria-labelledby="shut-out" class="shut-out">
      <h2 id="shut-out">Way in</h2>
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert">▲ ${this.problem}</p>`}
      ${known === null ? nothing : html`${known.shutOut ? this.renderOut(known.periods[0]!) : html`<p>Gateways let it in.</p>`}
        ${this.renderBefore(known.periods.filter((period) => period.to !== null))} ${session.may('operator') ? this.renderButtons(known) : nothing}`}
    </section>`;
  }

  private renderOut(period: ShutOutPeriod): TemplateResult {
    const all = this.known!.gateways.length;
    return html`<p role="status">
      <strong>Shut out since ${at(period.from)}</strong> by ${period.by}: ${period.why}. Its readings wait on the device until it is let back in.
      <span class="quiet">${all === 0 ? 'No gateway is heard of.' : this.lagging === 0 ? `${all === 1 ? 'The gateway knows' : `All ${all} gateways know`}.` : `${plural(this.lagging, 'gateway')} of ${all} may not know yet.`}</span>
    </p>`;
  }

  private renderBefore(periods: ShutOutPeriod[]): TemplateResult | typeof nothing {
    if (periods.length === 0) return nothing;
    const more = periods.length - PERIODS_SHOWN_MAX;
    return html`<ul class="quiet">
      ${periods.slice(0, PERIODS_SHOWN_MAX).map((period) => html`<li>Shut out from ${at(period.from)} to ${at(period.to!)} by ${period.by}: ${period.why}; let back in by ${period.letInBy ?? 'somebody'}</li>`)}
      ${more > 0 ? html`<li>and ${plural(more, 'more time')}</li>` : nothing}
    </ul>`;
  }

  private renderButtons(known: ShutOut): TemplateResult {
    if (known.shutOut) return html`<button class="button" @click=${() => this.act(() => letIn(this.device))}>Let back in</button>`;
    return html`<button class="button" @click=${this.ask}>Shut out…</button>
      <dialog aria-labelledby="shut-out-title" class="shut-out-dialog">
        <form @submit=${this.shut}>
          <h2 id="shut-out-title">Shut ${this.device} out?</h2>
          <p>Every gateway ends its connections within seconds and takes nothing of it. What it has measured waits on it, and comes once it is let back in.</p>
          <label><span>Why</span> <input name="why" required maxlength=${WHY_MAX_LENGTH} autocomplete="off" placeholder="for those who wonder later" /></label>
          <p class="actions">
            <button class="button danger">Shut out</button>
            <button class="button" type="button" @click=${this.close}>Cancel</button>
          </p>
        </form>
      </dialog>`;
  }

  private get dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }

  private readonly ask = (): void => this.dialog?.showModal();

  private readonly close = (): void => this.dialog?.close();

  private readonly shut = (event: Event): void => {
    event.preventDefault();
    const why = String(new FormData(event.target as HTMLFormElement).get('why') ?? '').trim();
    if (why === '') return;
    this.close();
    void this.act(() => shutOut(this.device, why));
  };

  private async act(deed: () => Promise<void>): Promise<void> {
    let problem = '';
    try {
      await deed();
    } catch (cause) {
      problem = messageOf(cause);
    }
    await this.load();
    this.problem ||= problem;
    this.requestUpdate();
  }
}

customElements.define('tm-shut-out', ShutOutPanel);
