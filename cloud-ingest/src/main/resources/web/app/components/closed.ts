// What stands in the place of a page, or a part of one, that is not for everybody.
import { html, type TemplateResult } from 'lit';
import { session, type Role } from '../lib/session';

/** @param what what one cannot do here: "Rules are changed" */
export function closed(role: Role, what: string): TemplateResult {
  const own = session.now?.role ?? null;
  return html`<p class="empty closed">
    <strong>${what} by those who have the role ${role}.</strong>
    ${own === null ? 'You have none.' : `You have the role ${own}.`} An administrator can give you another one. <a href="/">Go to the fleet</a>
  </p>`;
}
