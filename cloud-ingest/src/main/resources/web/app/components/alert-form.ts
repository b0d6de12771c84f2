// The form of a rule: says in words what the rule will do while it is filled in, and each error beside its field.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { ruleSentence, seconds, toMillis } from '../lib/alert-words';
import { deleteRule, saveRule, testRule, type Rule, type RuleFields, type Tested } from '../lib/alerts';
import { ApiError } from '../lib/http';

/** Strings, as they are typed. */
interface Draft {
  name: string;
  enabled: boolean;
  kind: 'threshold' | 'silent';
  scope: 'all' | 'device' | 'label';
  scopeName: string;
  sensor: string;
  metric: string;
  direction: 'above' | 'below';
  threshold: string;
  hysteresis: string;
  forAmount: string;
  forUnit: 's' | 'min' | 'h';
  webhooks: string;
  emails: string;
}

const UNIT_SECONDS = { s: 1, min: 60, h: 3600 };
const NEW: Draft = {
  name: '',
  enabled: true,
  kind: 'threshold',
  scope: 'all',
  scopeName: '',
  sensor: '',
  metric: '',
  direction: 'above',
  threshold: '',
  hysteresis: '0',
  forAmount: '5',
  forUnit: 'min',
  webhooks: '',
  emails: '',
};

export class AlertForm extends LitElement {
  static override properties = { rule: { attribute: false }, key: { attribute: false }, draft: { state: true }, errors: { state: true } };
  declare rule: Rule | null;
  /** Another key: another rule to fill in. */
  declare key: string;
  declare draft: Draft;
  declare errors: Record<string, string>;
  /** The version that was filled in: a newer one is another's change. */
  private filled: Rule | null = null;
  private busy = '';
  private tested: Tested[] | null = null;
  private isAsked = false;

  constructor() {
    super();
    this.draft = NEW;
    this.errors = {};
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('key')) this.fill();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('key')) this.querySelector<HTMLElement>('[name=name]')!.focus();
  }

  private fill(): void {
    this.filled = this.rule;
    this.draft = this.rule ? draftOf(this.rule) : { ...NEW };
    this.errors = {};
    this.tested = null;
    this.isAsked = false;
  }

  protected override render(): TemplateResult {
    const { draft, errors } = this;
    const isThreshold = draft.kind === 'threshold';
    return html`<form class="rule-form" novalidate aria-labelledby="rule-form-title" @input=${this.onInput} @submit=${this.onSubmit}>
      <h2 id="rule-form-title">${this.filled ? `Rule “${this.filled.name}”` : 'New rule'}</h2>
      ${errors[''] ? html`<p class="form-error" role="alert">▲ ${errors['']} ${this.renderReload()}</p>` : nothing}
      <div class="fields">
        ${this.text('name', 'Name', 'what people call it: “Boiler too hot”')}
        ${this.select('kind', 'Watches', [['threshold', 'a metric'], ['silent', 'whether devices are heard']])}
        ${this.select('scope', 'Of', [['all', 'all devices'], ['device', 'one device'], ['label', 'devices with the label']])}
        ${draft.scope === 'all' ? nothing : this.text(draft.scope, draft.scope === 'device' ? 'Device' : 'Label', '', 'scopeName')}
        ${isThreshold
          ? html`${this.text('metric', 'Metric', 'its name in the readings: temperature')} ${this.text('sensor', 'Sensor', 'leave empty for each of them')}
            ${this.select('direction', 'Fires', [['above', 'above'], ['below', 'below']])} ${this.number('threshold', 'Threshold', 'the threshold itself is still fine')}
            ${this.number('hysteresis', 'Hysteresis', 'how far back it must come to be over')}`
          : nothing}
        ${this.lasting(isThreshold)}
        ${this.lines('webhooks', 'Webhooks', 'one URL a line; each gets a POST with JSON')} ${this.lines('emails', 'E-mail', 'one address a line')}
        <label class="field check"><input type="checkbox" name="enabled" .checked=${draft.enabled} /> Switched on</label>
      </div>
      <p class="preview" aria-live="polite">${ruleSentence(this.fields())}</p>
      ${this.renderActions()} ${this.renderTested()}
    </form>`;
  }

  private renderReload(): TemplateResult | typeof nothing {
    const isStale = this.rule !== null && this.filled !== null && this.rule.version !== this.filled.version;
    return isStale ? html`<button type="button" class="button" @click=${() => this.fill()}>Load it as it is now</button>` : nothing;
  }

  private renderActions(): TemplateResult {
    return html`<div class="form-actions">
      <button class="button primary" ?disabled=${this.busy !== ''}>${this.filled ? 'Save' : 'Make the rule'}</button>
      <a class="button" href="/alerts">Cancel</a>
      ${this.filled
        ? html`<button type="button" class="button" ?disabled=${this.busy !== '' || this.filled.webhooks.length + this.filled.emails.length === 0}
              title="Sends a test to the receivers that are saved" @click=${this.onTest}>${this.busy === 'test' ? 'Sending…' : 'Send a test'}</button>
            <span class="grow"></span>
            ${this.isAsked
              ? html`<span>What fires by it is over, and its receivers are told.</span>
                  <button type="button" class="button danger" ?disabled=${this.busy !== ''} @click=${this.onDelete}>Delete it</button>`
              : html`<button type="button" class="button" @click=${this.onAsk}>Delete…</button>`}`
        : nothing}
    </div>`;
  }

  private renderTested(): TemplateResult {
    return html`<ul class="tested" role="status">
      ${this.tested?.map((one) => html`<li class=${one.delivered ? '' : 'mark-error'}>${one.delivered ? '✓' : '▲'} ${one.receiver}: ${one.said}</li>`)}
    </ul>`;
  }

  // ---- fields

  private text(field: string, label: string, hint: string, key = field): TemplateResult {
    return this.labelled(field, label, hint, html`<input id="f-${field}" name=${key} autocomplete="off" spellcheck="false" .value=${String(this.draft[key as keyof Draft])} aria-invalid=${this.errors[field] ? 'true' : 'false'} aria-describedby="h-${field}" />`);
  }

  private number(field: 'threshold' | 'hysteresis', label: string, hint: string): TemplateResult {
    return this.labelled(field, label, hint, html`<input id="f-${field}" name=${field} inputmode="decimal" autocomplete="off" .value=${this.draft[field]} aria-invalid=${this.errors[field] ? 'true' : 'false'} aria-describedby="h-${field}" />`);
  }

  private lines(field: 'webhooks' | 'emails', label: string, hint: string): TemplateResult {
    return this.labelled(field, label, hint, html`<textarea id="f-${field}" name=${field} rows="2" spellcheck="false" .value=${this.draft[field]} aria-invalid=${this.errors[field] ? 'true' : 'false'} aria-describedby="h-${field}"></textarea>`);
  }

  private select(field: 'kind' | 'scope' | 'direction', label: string, choices: [string, string][]): TemplateResult {
    return this.labelled(field, label, '', html`<select id="f-${field}" name=${field} aria-describedby="h-${field}">${choices.map(([value, word]) => html`<option value=${value} ?selected=${this.draft[field] === value}>${word}</option>`)}</select>`);
  }

  private lasting(isThreshold: boolean): TemplateResult {
    const { draft } = this;
    return this.labelled('for', isThreshold ? 'For at least' : 'Nothing for', '', html`<span class="pair"
      ><input id="f-for" name="forAmount" inputmode="decimal" autocomplete="off" .value=${draft.forAmount} aria-invalid=${this.errors['for'] ? 'true' : 'false'} aria-describedby="h-for" /><select name="forUnit" aria-label="Unit">
        ${Object.keys(UNIT_SECONDS).map((unit) => html`<option value=${unit} ?selected=${draft.forUnit === unit}>${unit}</option>`)}
      </select></span
    >`);
  }

  private labelled(field: string, label: string, hint: string, control: TemplateResult): TemplateResult {
    const error = this.errors[field];
    return html`<div class="field" data-field=${field}>
      <label for="f-${field}">${label}</label>${control}
      <p id="h-${field}" class=${error ? 'form-error' : 'label'}>${error ? `▲ ${error}` : hint}</p>
    </div>`;
  }

  // ---- what happens

  private readonly onInput = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.draft = { ...this.draft, [input.name]: input.type === 'checkbox' ? input.checked : input.value };
  };

  private fields(): RuleFields {
    const { draft } = this;
    const named = draft.scopeName.trim();
    const common = {
      name: draft.name.trim(),
      enabled: draft.enabled,
      kind: draft.kind,
      ...(draft.scope === 'all' ? {} : { [draft.scope]: named }),
      for: `PT${toMillis(Number(draft.forAmount || 'NaN') * UNIT_SECONDS[draft.forUnit])}S`,
      webhooks: linesOf(draft.webhooks),
      emails: linesOf(draft.emails),
    };
    if (draft.kind === 'silent') return common;
    return {
      ...common,
      ...(draft.sensor.trim() ? { sensor: draft.sensor.trim() } : {}),
      metric: draft.metric.trim(),
      direction: draft.direction,
      threshold: numberOf(draft.threshold),
      hysteresis: draft.hysteresis.trim() === '' ? 0 : numberOf(draft.hysteresis),
    };
  }

  /** What can be said without asking: nothing typed, or no number. The rest ingest knows. */
  private missing(): Record<string, string> {
    const { draft } = this;
    const errors: Record<string, string> = {};
    if (!draft.name.trim()) errors['name'] = 'a name is needed';
    if (draft.scope !== 'all' && !draft.scopeName.trim()) errors[draft.scope] = `which ${draft.scope}?`;
    if (!(Number(draft.forAmount || 'NaN') >= 0)) errors['for'] = 'a number, 0 or more';
    if (draft.kind === 'silent') return errors;
    if (!draft.metric.trim()) errors['metric'] = 'which metric?';
    if (!Number.isFinite(numberOf(draft.threshold))) errors['threshold'] = 'a number such as 80 or -2.5';
    if (draft.hysteresis.trim() && !(numberOf(draft.hysteresis) >= 0)) errors['hysteresis'] = 'a number, 0 or more';
    return errors;
  }

  private readonly onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    this.show(this.missing());
    if (Object.keys(this.errors).length > 0) return;
    await this.attempt('save', () => saveRule(this.filled, this.fields()));
  };

  private readonly onAsk = async (): Promise<void> => {
    this.isAsked = true;
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.danger')?.focus();
  };

  private readonly onDelete = (): Promise<void> => this.attempt('delete', () => deleteRule(this.filled!));

  private readonly onTest = async (): Promise<void> => {
    this.busy = 'test';
    this.requestUpdate();
    try {
      this.tested = await testRule(this.filled!.id);
    } catch (cause) {
      this.show({ '': (cause as ApiError).message });
    }
    this.busy = '';
    this.requestUpdate();
  };

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    this.busy = what;
    this.requestUpdate();
    try {
      await work();
      this.dispatchEvent(new Event('rule-done'));
    } catch (cause) {
      const error = cause as ApiError;
      const field = this.querySelector(`[data-field="${error.parameter}"]`) ? error.parameter : '';
      this.show({ [field]: error.message });
      if (error.status === 412) this.dispatchEvent(new Event('rule-reload'));
    }
    this.busy = '';
    this.requestUpdate();
  }

  /** Shows errors, and puts the focus to the first. */
  private show(errors: Record<string, string>): void {
    this.errors = errors;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  }
}

function draftOf(rule: Rule): Draft {
  const lasting = seconds(rule.for);
  const forUnit = lasting > 0 && lasting % 3600 === 0 ? 'h' : lasting > 0 && lasting % 60 === 0 ? 'min' : 's';
  return {
    name: rule.name,
    enabled: rule.enabled,
    kind: rule.kind,
    scope: rule.device ? 'device' : rule.label ? 'label' : 'all',
    scopeName: rule.device ?? rule.label ?? '',
    sensor: rule.sensor ?? '',
    metric: rule.metric ?? '',
    direction: rule.direction ?? 'above',
    threshold: rule.threshold === undefined ? '' : String(rule.threshold),
    hysteresis: String(rule.hysteresis ?? 0),
    forAmount: String(lasting / UNIT_SECONDS[forUnit]),
    forUnit,
    webhooks: rule.webhooks.join('\n'),
    emails: rule.emails.join('\n'),
  };
}

function linesOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter(Boolean);
}

/** NaN for what is no number, and for nothing. */
function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text.trim().replace('−', '-').replace(',', '.'));
}

customElements.define('tm-alert-form', AlertForm);
