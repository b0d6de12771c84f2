// A field of a form: its label, what it is for, and beside it what is wrong with it.
import { html, nothing, type TemplateResult } from 'lit';
import { ApiError, messageOf } from '../lib/http';

export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'password' | 'date';
  hint?: string;
  autocomplete?: string;
  value?: string;
}

/** What is wrong, by the name of the field; by the empty one what is wrong with all of it. */
export type Errors = Record<string, string>;

export function field({ name, label, type = 'text', hint = '', autocomplete = 'off', value }: Field, errors: Errors): TemplateResult {
  const error = errors[name];
  return html`<div class="field" data-field=${name}>
    <label for="f-${name}">${label}</label>
    <input
      id="f-${name}"
      name=${name}
      type=${type}
      autocomplete=${autocomplete}
      autocapitalize="none"
      spellcheck="false"
      required
      .value=${value ?? ''}
      aria-invalid=${error ? 'true' : 'false'}
      aria-describedby="h-${name}"
    />
    <p id="h-${name}" class=${error ? 'form-error' : 'quiet'}>${error ? `▲ ${error}` : hint}</p>
  </div>`;
}

export function formError(errors: Errors): TemplateResult | typeof nothing {
  return errors[''] ? html`<p class="form-error" role="alert">▲ ${errors['']}</p>` : nothing;
}

/** What a failure says, beside the field it names if the form has it. */
export function errorsOf(cause: unknown, fields: readonly string[]): Errors {
  const name = cause instanceof ApiError && fields.includes(cause.parameter) ? cause.parameter : '';
  return { [name]: messageOf(cause) };
}

/** What was typed. */
export function typed(form: HTMLFormElement): (name: string) => string {
  const sent = new FormData(form);
  return (name) => String(sent.get(name) ?? '');
}
