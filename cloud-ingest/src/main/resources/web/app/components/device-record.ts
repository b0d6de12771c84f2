// What people say of a device: shown, and changed in place.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { fetchRecord, putRecord, type DeviceRecord } from '../lib/api';
import { ApiError, messageOf, type Tagged } from '../lib/http';
import { session } from '../lib/session';

const FIELDS: { key: Exclude<keyof DeviceRecord, 'labels' | 'notes'>; word: string; maxLength: number; hint: string }[] = [
  { key: 'name', word: 'name', maxLength: 128, hint: 'what people call it' },
  { key: 'site', word: 'site', maxLength: 64, hint: 'a plant, a house, a ship' },
  { key: 'location', word: 'location', maxLength: 128, hint: 'where it stands there' },
  { key: 'class', word: 'class', maxLength: 64, hint: 'what sort of device it is' },
];
const NOTES_MAX_LENGTH = 4000;

/** Sends `record-changed` once a change is kept. */
export class DeviceRecordPanel extends LitElement {
  static override properties = { device: { attribute: false }, known: { attribute: false } };
  declare device: string;
  /** What the device's own facts say of it, as one text: when that changes, the record has. */
  declare known: string;

  private record: Tagged<DeviceRecord> | null = null;
  private isEditing = false;
  private isSaving = false;
  private problem = '';
  /** What somebody else has made of it meanwhile. */
  private theirs: Tagged<DeviceRecord> | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('device')) {
      this.record = null;
      this.theirs = null;
      this.problem = '';
      this.isEditing = false;
    }
    if (!this.isEditing && (changed.has('device') || changed.has('known'))) void this.load();
  }

  private async load(): Promise<void> {
    const { device } = this;
    try {
      const record = await fetchRecord(device);
      if (device === this.device) this.record = record;
      this.problem = '';
    } catch (cause) {
      this.problem = messageOf(cause);
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (this.record === null) {
      return this.problem === ''
        ? html`<p class="quiet">–</p>`
        : html`<p class="quiet">${this.problem} <button class="button" @click=${() => this.load()}>Ask again</button></p>`;
    }
    return this.isEditing ? this.renderForm(this.record.content) : this.renderSaid(this.record.content);
  }

  private renderSaid(said: DeviceRecord): TemplateResult {
    const rows = FIELDS.filter(({ key }) => said[key] !== '');
    const isEmpty = rows.length === 0 && said.labels.length === 0 && said.notes === '';
    return html`${isEmpty ? html`<p class="quiet">Nobody has said yet what it is called or where it stands.</p>` : nothing}
      <table class="facts">
        <tbody>
          ${rows.map(
            ({ key, word }) => html`<tr>
              <th scope="row">${word}</th>
              <td>${key === 'site' ? html`<a href="/?site=${encodeURIComponent(said.site)}">${said.site}</a>` : said[key]}</td>
            </tr>`,
          )}
          ${said.labels.length === 0
            ? nothing
            : html`<tr>
                <th scope="row">labels</th>
                <td class="labels">${said.labels.map((label) => html`<a class="label-chip" href="/?label=${encodeURIComponent(label)}">${label}</a>`)}</td>
              </tr>`}
        </tbody>
      </table>
      ${said.notes === '' ? nothing : html`<p class="notes">${said.notes}</p>`}
      ${this.renderProblem()}
      ${session.may('operator') ? html`<button class="button edit" @click=${this.edit}>Change</button>` : nothing}`;
  }

  private renderForm(said: DeviceRecord): TemplateResult {
    // By version, so that another's record takes the place of what was typed.
    return html`${keyed(this.record!.etag, html`<form class="record" @submit=${this.save} @keydown=${this.onKey}>
      ${FIELDS.map(
        ({ key, word, maxLength, hint }) => html`<label
          ><span>${word}</span><input name=${key} maxlength=${maxLength} placeholder=${hint} autocomplete="off" .value=${said[key]}
        /></label>`,
      )}
      <label
        ><span>labels</span><input name="labels" placeholder="words, with commas between them" autocomplete="off" .value=${said.labels.join(', ')}
      /></label>
      <label><span>notes</span><textarea name="notes" rows="4" maxlength=${NOTES_MAX_LENGTH} .value=${said.notes}></textarea></label>
      ${this.renderProblem()}
      <p class="actions">
        <button class="button primary" ?disabled=${this.isSaving}>${this.isSaving ? 'Saving…' : 'Save'}</button>
        <button class="button" type="button" @click=${this.cancel}>Cancel</button>
      </p>
    </form>`)}`;
  }

  private renderProblem(): TemplateResult | typeof nothing {
    if (this.theirs !== null) {
      const { content } = this.theirs;
      const differing = [...FIELDS.map((f) => f.key), 'labels' as const, 'notes' as const].filter((key) => String(content[key]) !== String(this.record!.content[key]));
      return html`<p class="problem" role="alert">
        Somebody has changed it meanwhile: ${differing.length === 0 ? 'back to what it was' : differing.map((key) => `${key} is now “${String(content[key])}”`).join(', ')}.
        <button class="button" type="button" @click=${this.takeTheirs}>Show theirs</button> or Save again to put yours in its place.
      </p>`;
    }
    return this.problem === '' ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`;
  }

  private readonly edit = async (): Promise<void> => {
    await this.load(); // another may have changed it since the page was opened
    this.isEditing = this.problem === '';
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLInputElement>('input')?.focus();
  };

  private readonly takeTheirs = (): void => {
    this.record = this.theirs;
    this.theirs = null;
    this.requestUpdate();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.cancel();
  };

  private readonly cancel = (): void => this.end();

  private readonly save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const sent = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(sent.get(name) ?? '');
    const record: DeviceRecord = {
      name: text('name'),
      site: text('site'),
      location: text('location'),
      class: text('class'),
      notes: text('notes'),
      labels: text('labels').split(',').map((label) => label.trim()).filter(Boolean),
    };
    this.isSaving = true;
    this.requestUpdate();
    try {
      this.record = await putRecord(this.device, record, (this.theirs ?? this.record!).etag);
      this.end();
      this.dispatchEvent(new Event('record-changed', { bubbles: true }));
    } catch (cause) {
      this.theirs = null;
      this.problem = messageOf(cause);
      if (cause instanceof ApiError && cause.status === 412) await this.lookAtTheirs();
    } finally {
      this.isSaving = false;
      this.requestUpdate();
    }
  };

  private async lookAtTheirs(): Promise<void> {
    try {
      this.theirs = await fetchRecord(this.device);
    } catch (cause) {
      this.problem = messageOf(cause);
    }
  }

  private end(): void {
    this.isEditing = false;
    this.theirs = null;
    this.problem = '';
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLButtonElement>('.edit')?.focus());
  }
}

customElements.define('tm-record', DeviceRecordPanel);
