// What one can do in a chart, in the words of the pointer that one has, and what is drawn there.
import { html, type TemplateResult } from 'lit';

export function chartHint(drawn: string): TemplateResult {
  return html`<p class="chart-hint">
    <span class="by-mouse">Drag to zoom, double-click to go back.</span><span class="by-touch">Drag sideways to zoom, with two fingers to move.</span> ${drawn}
  </p>`;
}
