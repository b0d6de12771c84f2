// A search for a device, then for what it measures: a combobox as WAI-ARIA describes it, whose list stays open for more.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { fetchLatest, searchDevices, type Device, type Reading } from '../lib/api';
import { FULL } from '../lib/compare';
import { ApiError } from '../lib/http';
import { compareMetrics, metricLabel, metricUnit } from '../lib/metrics';
import { plural, value as shown } from '../lib/format';

const DEVICES_SHOWN_MAX = 8;
const TYPING_PAUSE_MS = 150;

/** A metric of a device's sensor, with its newest value. */
interface Choice {
  sensor: string;
  metric: string;
  value: number;
}

/** The numeric metrics of a device's sensors, as its newest readings have them: what is usually looked at first. */
export function choicesOf(latest: Reading[]): Choice[] {
  return latest
    .flatMap(({ sensor, values }) => Object.entries(values).flatMap(([metric, v]) => (typeof v === 'number' ? [{ sensor, metric, value: v }] : [])))
    .sort((a, b) => compareMetrics(a.metric, b.metric) || a.sensor.localeCompare(b.sensor));
}

export class SeriesPicker extends LitElement {
  static override properties = { chosen: { attribute: false }, isFull: { attribute: false }, isOpen: { state: true } };
  /** What is compared already and is not shifted, as DEVICE/SENSOR/METRIC. */
  declare chosen: ReadonlySet<string>;
  /** No more can be added. */
  declare isFull: boolean;
  declare isOpen: boolean;

  private text = '';
  private device: string | null = null;
  private devices: Device[] = [];
  private hasMore = false;
  private choices: Choice[] = [];
  private active = 0;
  private problem: string | null = null;
  private isLoaded = false;
  private timer = 0;
  private abort = new AbortController();

  constructor() {
    super();
    this.chosen = new Set();
    this.isFull = false;
    this.isOpen = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('focusout', this.onFocusOut);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('focusout', this.onFocusOut);
    clearTimeout(this.timer);
    this.abort.abort();
  }

  override focus(): void {
    this.input().focus();
  }

  protected override render(): TemplateResult {
    const { device } = this;
    const label = device === null ? 'Add a series: search a device' : `What ${device} measures`;
    const options = this.options();
    return html`<div class="picker">
      <div class="picker-field">
        ${device === null ? nothing : html`<button class="button picker-device" aria-label="Another device than ${device}" title="Another device (Backspace)" @click=${this.forgetDevice}>${device} <span aria-hidden="true">×</span></button>`}
        <input
          type="text"
          role="combobox"
          aria-label=${label}
          aria-autocomplete="list"
          aria-expanded=${this.isOpen}
          aria-controls=${this.isOpen && options.length > 0 ? 'picker-list' : nothing}
          aria-activedescendant=${this.isOpen && options.length > 0 ? `picker-${this.active}` : nothing}
          placeholder=${label}
          autocomplete="off"
          spellcheck="false"
          .value=${this.text}
          @focus=${this.open}
          @click=${this.open}
          @input=${this.onInput}
          @keydown=${this.onKey}
        />
      </div>
      ${this.isOpen ? this.renderPopup(options) : nothing}
      <span class="hidden-text" role="status">${this.isOpen && this.isLoaded ? plural(options.length, device === null ? 'device' : 'metric') : ''}</span>
    </div>`;
  }

  private renderPopup(options: TemplateResult[]): TemplateResult {
    const several = this.device !== null;
    return html`<div class="picker-popup" @mousedown=${(event: Event) => event.preventDefault()}>
      ${options.length > 0 ? html`<ul id="picker-list" role="listbox" aria-label=${several ? `Metrics of ${this.device}` : 'Devices'} aria-multiselectable=${several ? 'true' : nothing}>${options}</ul>` : nothing}
      ${this.renderNote(options.length)}
    </div>`;
  }

  private renderNote(shown: number): TemplateResult | typeof nothing {
    if (this.problem !== null) return html`<p class="picker-note" role="alert"><span class="mark-error">▲ ${this.problem}</span> Type again to try again.</p>`;
    if (!this.isLoaded) return html`<p class="picker-note">Searching…</p>`;
    if (this.isFull && this.device !== null) return html`<p class="picker-note">${FULL}</p>`;
    if (this.device !== null && shown === 0) {
      return html`<p class="picker-note">${this.text ? `${this.device} measures nothing called “${this.text}”.` : `${this.device} has sent no numbers: there is nothing to draw.`}</p>`;
    }
    if (shown === 0) return html`<p class="picker-note">${this.text ? `No device matches “${this.text}”.` : 'No device has sent anything yet.'}</p>`;
    return this.device === null && this.hasMore ? html`<p class="picker-note">There are more: type a part of the name.</p>` : nothing;
  }

  private options(): TemplateResult[] {
    if (this.device === null) {
      return this.devices.map((device, i) =>
        this.renderOption(i, false, html`<span>${device.name || device.device}</span><span class="quiet">${[device.name ? device.device : '', device.site].filter(Boolean).join(', ')}</span>`),
      );
    }
    return this.shownChoices().map(({ sensor, metric, value }, i) => {
      const isChosen = this.chosen.has(`${this.device}/${sensor}/${metric}`);
      return this.renderOption(
        i,
        isChosen,
        html`<span><span class="picker-tick" aria-hidden="true">${isChosen ? '✓' : ''}</span>${metricLabel(metric)} <span class="quiet">${sensor}</span></span><span>${shown(value)} <span class="unit">${metricUnit(metric)}</span></span>`,
      );
    });
  }

  private renderOption(i: number, isChosen: boolean, content: TemplateResult): TemplateResult {
    return html`<li id="picker-${i}" role="option" aria-selected=${isChosen} class=${i === this.active ? 'active' : ''} @click=${() => this.choose(i)}>${content}</li>`;
  }

  private shownChoices(): Choice[] {
    const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
    return this.choices.filter(({ sensor, metric }) => words.every((word) => `${sensor} ${metric} ${metricLabel(metric)}`.toLowerCase().includes(word)));
  }

  private choose(i: number): void {
    if (this.device === null) {
      const device = this.devices[i];
      if (device) this.enter(device.device);
      return;
    }
    const choice = this.shownChoices()[i];
    if (!choice) return;
    const { sensor, metric } = choice;
    this.active = i;
    this.dispatchEvent(new CustomEvent('series-toggle', { detail: { device: this.device, sensor, metric }, bubbles: true }));
  }

  private enter(device: string | null): void {
    this.device = device;
    this.text = '';
    this.choices = [];
    this.load(0);
  }

  private readonly forgetDevice = (): void => {
    this.enter(null);
    this.focus();
  };

  private readonly open = (): void => {
    if (this.isOpen) return;
    this.isOpen = true;
    this.load(0);
  };

  private close(): void {
    this.isOpen = false;
    this.abort.abort();
    clearTimeout(this.timer);
  }

  private readonly onFocusOut = (event: FocusEvent): void => {
    if (!this.contains(event.relatedTarget as Node | null)) this.close();
  };

  private readonly onInput = (event: Event): void => {
    this.text = (event.target as HTMLInputElement).value;
    this.active = 0;
    this.isOpen = true;
    if (this.device === null || this.problem !== null) this.load(TYPING_PAUSE_MS);
    this.requestUpdate();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const count = this.device === null ? this.devices.length : this.shownChoices().length;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        this.open();
        this.active = (this.active + (event.key === 'ArrowDown' ? 1 : count - 1)) % Math.max(1, count);
        break;
      case 'Enter':
        if (this.isOpen && this.isLoaded) this.choose(this.active);
        break;
      case 'Escape':
        this.close();
        break;
      case 'Backspace':
        if (this.text !== '' || this.device === null) return;
        this.enter(null);
        break;
      default:
        return;
    }
    event.preventDefault();
    this.requestUpdate();
  };

  /** Asks for what the list shows, after a pause in which more may be typed. */
  private load(pauseMs: number): void {
    this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.active = 0;
    this.problem = null;
    this.isLoaded = this.isLoaded && pauseMs > 0; // what is there stays until there is something else
    this.requestUpdate();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.fetch(signal), pauseMs);
  }

  private async fetch(signal: AbortSignal): Promise<void> {
    try {
      if (this.device === null) {
        ({ devices: this.devices, more: this.hasMore } = await searchDevices(this.text, DEVICES_SHOWN_MAX, signal));
      } else {
        this.choices = choicesOf(await fetchLatest(this.device, signal));
      }
    } catch (cause) {
      if (signal.aborted) return;
      this.problem = cause instanceof ApiError ? cause.message : String(cause);
    }
    this.isLoaded = true;
    this.requestUpdate();
  }

  protected override updated(): void {
    this.querySelector('.active')?.scrollIntoView({ block: 'nearest' });
  }

  private input(): HTMLInputElement {
    return this.querySelector('input')!;
  }
}

customElements.define('tm-picker', SeriesPicker);
