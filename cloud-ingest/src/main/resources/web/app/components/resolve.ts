// Replay and discard, of one item or of a group: first what will happen, then that it happens, then what came of it.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { absolute, count, parseTime, relative } from '../lib/format';
import { ApiError } from '../lib/http';
import { discard, discardPiece, fetchActions, NOTE_MAX_CHARS, PIECE_ITEMS, replay, replayPiece, type Action, type Item, type Outcome } from '../lib/quarantine';
import { amount, discardSays, endedBy, ENDINGS, outcomeSays, replaySays, type Scope } from '../lib/quarantine-words';
import { session } from '../lib/session';

type Deed = 'replay' | 'discard';

/** How far a group is: what was done stays done, wherever it stops. */
interface Progress {
  scope: Scope;
  deed: Deed;
  done: number;
  stored: number;
  refused: number;
  cursor: string | null;
}

/**
 * Fires `resolved` with the outcomes of each request. One for each item or group: what came of one is not about another, and a
 * group's work ends with its element.
 */
export class Resolve extends LitElement {
  static override properties = { scope: { attribute: false }, end: { attribute: false } };
  declare scope: Scope;
  /** What ended the item already; null while it is there. */
  declare end: Action | null;

  /** What is asked for, about what was there when it was: what comes later is not meant. */
  private asked: { deed: Deed; scope: Scope } | null = null;
  private note = '';
  private running = false;
  private stopping = false;
  private progress: Progress | null = null;
  private result: string | null = null;
  private gone = false;
  private error: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopping = true;
  }

  protected override render(): TemplateResult {
    return html`<div class="resolve" aria-busy=${this.running}>
      ${this.renderButtons()} ${this.asked === null || this.running || this.error !== null ? nothing : this.renderStep(this.asked)} ${this.renderProgress()}
      <p class="resolve-result" role="status">${this.renderResult()}</p>
      ${this.error === null ? nothing : this.renderError(this.error)}
    </div>`;
  }

  private renderButtons(): TemplateResult | typeof nothing {
    if (this.gone || this.end !== null || this.scope.count === 0 || this.running || this.error !== null) return nothing;
    const all = this.scope.item === null ? ` all ${amount(this.scope.count, this.scope.reason)}` : '';
    const button = (deed: Deed, word: string): TemplateResult =>
      html`<button class="button" data-deed=${deed} aria-expanded=${this.asked?.deed === deed} @click=${() => this.ask(deed)}>${word}${all}…</button>`;
    if (!session.may('operator')) return html`<p class="quiet">Operators can replay or discard it.</p>`;
    return html`<div class="resolve-buttons">${button('replay', 'Replay')} ${button('discard', 'Discard')}</div>`;
  }

  private renderStep({ deed, scope }: { deed: Deed; scope: Scope }): TemplateResult {
    const what = amount(scope.count, scope.reason);
    const word = deed === 'replay' ? 'Replay' : 'Discard';
    return html`<form class="step" data-deed=${deed} aria-label="${word} ${what}" @submit=${this.onSubmit} @keydown=${this.onKey}>
      <p><b>${word}:</b> ${deed === 'replay' ? replaySays(scope) : discardSays(scope)}</p>
      ${deed === 'discard'
        ? html`<label
            >Why? It is kept with what was done.
            <input name="note" required maxlength=${NOTE_MAX_CHARS} autocomplete="off" .value=${this.note} @input=${(event: Event) => (this.note = (event.target as HTMLInputElement).value)}
          /></label>`
        : nothing}
      <div class="resolve-buttons">
        <button class="button ${deed === 'discard' ? 'danger' : 'primary'}" type="submit">${word} ${what}</button>
        <button class="button" type="button" @click=${() => this.cancel()}>Cancel</button>
      </div>
    </form>`;
  }

  private renderProgress(): TemplateResult | typeof nothing {
    const { progress } = this;
    if (!this.running || !progress) return nothing;
    return html`<div class="resolve-progress">
      <progress max=${progress.scope.count} value=${progress.done} aria-label="Done"></progress>
      <span>${tally(progress)}</span>
      <button class="button" ?disabled=${this.stopping} @click=${() => this.stop()}>${this.stopping ? 'Stopping…' : 'Stop'}</button>
      <span class="quiet">It stops too when you go elsewhere; what is done stays done.</span>
    </div>`;
  }

  private renderResult(): TemplateResult | string {
    if (this.running && this.scope.item) return 'Asking ingest…';
    if (this.result !== null) return this.result;
    return this.end === null ? '' : ended(this.end);
  }

  private renderError(error: string): TemplateResult {
    return html`<div class="resolve-error" role="alert">
      <p><span class="mark-error">▲ ${error}</span></p>
      <div class="resolve-buttons">
        <button class="button" @click=${() => void this.run()}>${this.progress ? 'Go on' : 'Try again'}</button>
        <button class="button" @click=${() => this.cancel()}>Leave it</button>
      </div>
    </div>`;
  }

  private ask(deed: Deed): void {
    this.asked = this.asked?.deed === deed ? null : { deed, scope: this.scope };
    this.result = null;
    this.progress = null;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.step input, .step [type=submit]')?.focus());
  }

  private cancel(): void {
    const deed = this.asked?.deed ?? 'replay';
    this.asked = this.progress = this.error = null;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[data-deed=${deed}]`)?.focus());
  }

  private stop(): void {
    this.stopping = true;
    this.requestUpdate();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.cancel();
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    if (this.asked?.deed === 'discard' && this.note.trim() === '') {
      this.querySelector<HTMLInputElement>('.step input')?.focus();
      return;
    }
    void this.run();
  };

  /** Does what was asked for, or goes on with it. */
  private async run(): Promise<void> {
    if (this.asked === null || this.running) return;
    const { deed, scope } = this.asked;
    this.running = true;
    this.stopping = false;
    this.error = this.result = null;
    this.requestUpdate();
    try {
      if (scope.item) await this.one(scope.item, deed);
      else await this.all((this.progress ??= { scope, deed, done: 0, stored: 0, refused: 0, cursor: null }));
      this.asked = null;
    } catch (cause) {
      this.error = this.wrong(cause);
    }
    this.running = false;
    this.requestUpdate();
  }

  private async one({ id, reason }: Item, deed: Deed): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = deed === 'replay' ? await replay(id) : await discard(id, this.note.trim());
    } catch (cause) {
      if (!(cause instanceof ApiError && cause.status === 404)) throw cause;
      // Someone was faster, or our own first try was done and its answer lost.
      const last = (await fetchActions({ item: id }, 1, null)).items[0];
      this.gone = true;
      this.result = last && endedBy(last) ? `Nothing was left to do. ${ended(last)}` : 'Nothing was left to do: it is not set aside any more.';
      this.tell([]);
      return;
    }
    this.gone = outcome.outcome !== 'refused';
    this.result = outcomeSays(outcome, reason);
    this.tell([outcome]);
  }

  private async all(progress: Progress): Promise<void> {
    const { scope, deed } = progress;
    while (!this.stopping) {
      const page = deed === 'replay' ? await replayPiece(scope, scope.lastId, progress.cursor) : await discardPiece(scope, scope.lastId, this.note.trim());
      if (page.items.length === 0) break;
      progress.done += page.items.length;
      progress.stored += page.items.filter((o) => o.outcome === 'stored').length;
      progress.refused += page.items.filter((o) => o.outcome === 'refused').length;
      progress.cursor = page.next;
      this.tell(page.items);
      this.requestUpdate();
    }
    if (progress.done === 0 && !this.stopping) {
      this.result = 'Nothing was left to do: someone else has replayed or discarded all of it.';
    } else {
      this.result = `${this.stopping ? 'Stopped' : 'Done'}: ${tally(progress)}`;
    }
    this.progress = null;
  }

  private wrong(cause: unknown): string {
    const { progress } = this;
    const done = progress ? `Stopped: ${tally(progress)} ` : '';
    const isUnknown = cause instanceof ApiError && cause.kind === 'unreachable';
    const unknown = progress
      ? `Whether the next ${PIECE_ITEMS} were done is not known; going on does nothing twice.`
      : 'Whether it was done is not known; trying again does nothing twice.';
    return `${done}${(cause as Error).message}${isUnknown ? ' ' + unknown : ''}`;
  }

  private tell(outcomes: Outcome[]): void {
    this.dispatchEvent(new CustomEvent('resolved', { detail: { outcomes }, bubbles: true }));
  }
}

function tally({ scope, deed, done, stored, refused }: Progress): string {
  const of = done < scope.count ? `${count(done)} of ${amount(scope.count, scope.reason)}` : amount(done, scope.reason);
  return deed === 'discard' ? `${of} discarded.` : `${of} checked again: ${count(stored)} stored, ${count(refused)} still set aside.`;
}

/** "It was discarded 3 min ago (2026-11-23 08:56:19 UTC+01:00): “the probe was out”." */
function ended(action: Action): string {
  const note = action.note ? `: “${action.note}”` : '';
  return `It was ${ENDINGS[action.action]} ${relative(parseTime(action.time))} (${absolute(action.time)})${note}.`;
}

customElements.define('tm-resolve', Resolve);
