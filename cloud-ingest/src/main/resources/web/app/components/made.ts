// A secret that was just made: shown this once.
import { html, type TemplateResult } from 'lit';

/** @param forget has it taken away */
export function made(what: string, secret: string, forget: () => void): TemplateResult {
  return html`<div class="made" role="status">
    <p><strong>${what} is made.</strong> Copy it now: it is not shown again.</p>
    <p class="secret"><code>${secret}</code></p>
    <button class="button" @click=${() => navigator.clipboard.writeText(secret)}>Copy it</button>
    <button class="button" @click=${forget}>I have it</button>
  </div>`;
}
