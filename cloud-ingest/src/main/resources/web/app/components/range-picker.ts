// Which time is shown: a length that ends now, or a range of one's own.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { clock, clockDate, zone } from '../lib/format';
import { withKey } from '../lib/keys';
import { parseShown } from '../lib/zone';
import { rangeProblem } from './range-problem';

export interface Range {
  /** The length that ends now, or null for a fixed range. */
  preset: string | null;
  fromMs: number;
  toMs: number;
}

export const PRESETS: Record<string, number> = {
  '5m': 5 * 60_000,
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
  '30d': 30 * 24 * 3_600_000,
};

const BACK = html`<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M5 2 2 5l3 3M2 5h5.500a2.500 2.500 0 0 1 0 5H6" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

export class RangePicker extends LitElement {
  static override properties = { range: { attribute: false }, problem: { attribute: false }, canGoBack: { attribute: false }, opened: { state: true } };
  declare range: Range;
  /** Why the address does not have this range; null if it has. */
  declare problem: string | null;
  /** Whether there was another before it. */
  declare canGoBack: boolean;
  /** The range when the form was opened, or null while it is closed: what is typed must not move with a live one. */
  declare opened: Range | null;
  private losesFocus = false;

  constructor() {
    super();
    this.problem = null;
    this.canGoBack = false;
    this.opened = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(): void {
    this.losesFocus = !this.canGoBack && (this.querySelector('.back')?.matches(':focus') ?? false);
  }

  /** Who has gone back as far as it goes goes on from the range that is shown now. */
  protected override updated(): void {
    if (this.losesFocus) this.querySelector<HTMLElement>('.range [aria-pressed="true"]')?.focus();
  }

  protected override render(): TemplateResult {
    const { preset, fromMs, toMs } = this.range;
    return html`
      <div class="range" role="group" aria-label="Time range">
        <button class="button step" aria-label="Earlier" title=${withKey('Earlier', '[')} @click=${() => this.send('range-step', { by: -1 })}>‹</button>
        ${Object.keys(PRESETS).map(
          (name) =>
            html`<button class="button" data-range=${name} aria-pressed=${preset === name} @click=${() => this.send('range-preset', { preset: name })}>
              ${name}
            </button>`,
        )}
        <button class="button step" aria-label="Later" title=${withKey('Later', ']')} ?disabled=${preset !== null} @click=${() => this.send('range-step', { by: 1 })}>›</button>
        <button class="button custom" aria-expanded=${this.opened !== null} aria-pressed=${preset === null} @click=${() => (this.opened = this.opened ? null : this.range)}>
          ${preset === null ? shortRange(fromMs, toMs) : 'Custom'}
        </button>
      </div>
      ${this.canGoBack ? html`<button class="button back" title="To what was shown before" @click=${() => this.send('range-back')}>${BACK}Back</button>` : nothing}
      ${this.opened ? this.renderCustom(this.opened) : nothing}
      ${rangeProblem(this.problem, preset)}
    `;
  }

  private renderCustom({ fromMs, toMs }: Range): TemplateResult {
    return html`<form class="range-custom" @submit=${this.onSubmit} @keydown=${this.onKey}>
      <label>From <input type="datetime-local" step="1" name="from" required .value=${forInput(fromMs)} /></label>
      <label>to <input type="datetime-local" step="1" name="to" required .value=${forInput(toMs)} /></label>
      <span class="zone-note">${zone(toMs)}</span>
      <button class="button">Show</button>
      <span class="mark-error" role="alert"></span>
    </form>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.opened = null;
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const fromMs = parseShown(String(data.get('from')));
    const toMs = parseShown(String(data.get('to')));
    if (!(toMs > fromMs)) {
      form.querySelector('.mark-error')!.textContent = 'The end must be after the start.';
      return;
    }
    this.opened = null;
    this.send('range-zoom', { fromMs, toMs });
  };

  private send(type: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

function shortRange(fromMs: number, toMs: number): string {
  const sameDay = clockDate(fromMs).slice(0, 10) === clockDate(toMs).slice(0, 10);
  const from = sameDay ? `${clockDate(fromMs).slice(5, 10)} ${clock(fromMs)}` : clockDate(fromMs).slice(5, 16);
  const to = sameDay ? clock(toMs) : clockDate(toMs).slice(5, 16);
  return `${from} – ${to}`;
}

function forInput(ms: number): string {
  return clockDate(ms).replace(' ', 'T');
}

customElements.define('tm-range', RangePicker);
