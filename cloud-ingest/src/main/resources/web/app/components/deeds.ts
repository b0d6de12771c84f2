// What is done on a page that cannot be undone: a button that asks, and in its place one that does.
import { html, type LitElement, type TemplateResult } from 'lit';
import { messageOf } from '../lib/http';

export class Deeds {
  /** Why the last one was not done; empty if it was. */
  problem = '';
  /** What is about to be done, by its name, and not done before it is said once more. */
  private asked = '';

  /** @param load asks for anew what the page shows */
  constructor(
    private readonly page: LitElement,
    private readonly load: () => Promise<void>,
  ) {}

  isAsked(what: string): boolean {
    return this.asked === what;
  }

  /** Asks for one; the empty one takes the question back. */
  ask(what: string): void {
    this.asked = what;
    this.page.requestUpdate();
    void this.page.updateComplete.then(() => this.page.querySelector<HTMLElement>('.inline input, .inline button')?.focus());
  }

  sure(what: string, words: string, sureWords: string, deed: () => Promise<void>): TemplateResult {
    if (this.asked !== what) return html`<button class="button" @click=${() => this.ask(what)}>${words}</button>`;
    return html`<span class="inline">
      <button class="button danger" @click=${() => this.act(deed)}>${sureWords}</button>
      <button class="button" @click=${() => this.ask('')}>Cancel</button>
    </span>`;
  }

  /** Asks for what the page shows once more, whatever was wrong before. */
  again(): Promise<void> {
    this.problem = '';
    return this.load();
  }

  async act(deed: () => Promise<void>): Promise<void> {
    this.asked = '';
    try {
      await deed();
      this.problem = '';
    } catch (cause) {
      this.problem = messageOf(cause);
    }
    await this.load();
    this.page.requestUpdate();
  }
}
