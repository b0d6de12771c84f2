// The frame around every page: the top bar, the keys, the page for the address.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import './pages/fleet-page';
import './pages/device-page';
import './pages/compare-page';
import './pages/quarantine-page';
import './pages/gateways-page';
import './pages/alerts-page';
import './pages/login-page';
import './pages/password-page';
import './pages/access-page';
import './pages/audit-page';
import './pages/tokens-page';
import { installCopying } from './lib/copy';
import { feed, type FeedState } from './lib/feed';
import { zone } from './lib/format';
import { CHARTS_HELP, installKeys, KEYS_HELP, keysOn, OTHER_HELP, toggleKeys, withKey } from './lib/keys';
import { OTHER_PLACES, PLACES } from './lib/places';
import { go, interceptLinks, query, rewrite, route, setQuery } from './lib/router';
import { loginHref, session } from './lib/session';
import { nextTheme, theme, type Theme } from './lib/theme';
import { isUtc, toggleZone } from './lib/zone';

const LIVE_WORDS: Record<FeedState, string> = { live: 'Live', polling: 'Polling', lost: 'Retrying', paused: 'Paused' };
const LIVE_TITLES: Record<FeedState, string> = {
  live: 'Changes arrive as they happen. Click to pause',
  polling: 'The live stream is not open: the page asks every few seconds. Click to pause',
  lost: 'The last answer was a failure: the page says which, and tries again by itself. Click to stop',
  paused: 'Nothing changes until you click here',
};
/** The menu that has what a phone's top bar has no room for. */
const MENU = 'bar-menu';
/** The menu of who is here. */
const ACCOUNT = 'account-menu';
const PERSON = html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="5.25" r="2.75" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M2.75 14a5.25 5.25 0 0 1 10.500 0" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/></svg>`;
const DOTS = html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M8 3v.01M8 8v.01M8 13v.01" stroke="currentColor" stroke-width="2.500" stroke-linecap="round"/></svg>`;
const THEME_SIGNS: Record<Theme, TemplateResult> = {
  auto: html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor"/></svg>`,
  light: html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="3" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 1v2M8 13v2M1 8h2M13 8h2M3.05 3.05l1.4 1.4M11.55 11.55l1.4 1.4M3.05 12.95l1.4-1.4M11.55 4.45l1.4-1.4" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/></svg>`,
  dark: html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M13.2 9.9A5.6 5.6 0 0 1 6.1 2.8a5.6 5.6 0 1 0 7.1 7.1z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/></svg>`,
};
/** What is drawn at each of the places. */
const PAGES: Record<string, TemplateResult> = {
  '/': html`<tm-fleet></tm-fleet>`,
  '/compare': html`<tm-compare></tm-compare>`,
  '/quarantine': html`<tm-quarantine></tm-quarantine>`,
  '/gateways': html`<tm-gateways></tm-gateways>`,
  '/alerts': html`<tm-alerts></tm-alerts>`,
  '/login': html`<tm-login></tm-login>`,
  '/password': html`<tm-password></tm-password>`,
  '/access': html`<tm-access></tm-access>`,
  '/tokens': html`<tm-tokens></tm-tokens>`,
  '/audit': html`<tm-audit></tm-audit>`,
};
const MARK = html`<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M2 6h16" stroke="var(--c-accent)" stroke-width="2" stroke-linecap="round" opacity=".55"/><path d="M2 11.5c2.7 0 2.7-2.5 5.300-2.5s2.7 2.5 5.400 2.5S15.300 9 18 9" fill="none" stroke="var(--c-accent)" stroke-width="2" stroke-linecap="round"/><path d="M2 15.5h16" stroke="var(--c-accent)" stroke-width="2" stroke-linecap="round" opacity=".25"/></svg>`;

function isAt(href: string): boolean {
  const where = route();
  return where.page === 'place' && where.href === href;
}

function helpRow([keys, what]: [string[], string]): TemplateResult {
  return html`<dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${what}</dd>`;
}

export class App extends LitElement {
  private announced = '';
  private readonly removers: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the static frame has done its work
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const update = (): void => this.requestUpdate();
    const targets: [EventTarget, string][] = [
      [window, 'route-changed'],
      [window, 'popstate'],
      [window, 'search-changed'],
      [window, 'zone-changed'],
      [window, 'keys-changed'],
      [feed, 'change'],
      [session, 'change'],
    ];
    for (const [target, type] of targets) {
      target.addEventListener(type, update);
      this.removers.push(() => target.removeEventListener(type, update));
    }
    void session.ask();
    interceptLinks(this);
    installCopying(this, (text) => {
      this.announced = text;
      this.requestUpdate();
    });
    this.removers.push(
      installKeys({
        search: () => this.querySelector<HTMLInputElement>('.search input')?.focus(),
        go: (place) => go(place.href),
        live: () => feed.toggle(),
        earlier: () => window.dispatchEvent(new Event('go-earlier')),
        later: () => window.dispatchEvent(new Event('go-later')),
        help: () => this.toggleHelp(),
      }),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const remove of this.removers.splice(0)) remove();
  }

  protected override willUpdate(): void {
    if (session.isOut && !isAt('/login')) rewrite(loginHref());
  }

  protected override render(): TemplateResult {
    if (session.isOut) return this.renderOutside();
    return html`
      <header class="bar">
        <a class="brand" href="/" aria-label="Tidemark, fleet">${MARK}<span>Tidemark</span></a>
        <nav class="places" aria-label="Pages">
          ${PLACES.map((place) => html`<a href=${place.href} aria-current=${isAt(place.href) ? 'page' : nothing}>${place.word}</a>`)}
        </nav>
        <form class="search" role="search" @submit=${this.onSubmit}>
          <input
            type="search"
            name="q"
            aria-label="Search devices"
            placeholder="Search devices"
            autocomplete="off"
            spellcheck="false"
            .value=${query().get('q') ?? ''}
            @input=${this.onSearch}
            @keydown=${this.onSearchKey}
          />${keysOn() ? html`<kbd aria-hidden="true">/</kbd>` : nothing}
        </form>
        <span class="grow"></span>
        <button
          class="button zone"
          aria-pressed=${isUtc()}
          aria-label="Times in ${zone()}"
          title=${isUtc() ? "Times are in UTC. Click for this browser's zone." : "Times are in this browser's zone. Click for UTC."}
          @click=${toggleZone}
        >
          ${zone()}
        </button>
        ${this.renderLive()} ${this.renderTheme()} ${this.renderAccount()}
        <button class="icon-button help" aria-label="Help" title=${withKey('Help', '?')} @click=${() => this.toggleHelp()}>?</button>
        <button class="icon-button more" aria-label="Menu" title="Menu" popovertarget=${MENU}>${DOTS}</button>
        ${this.renderMenu()}
      </header>
      <main class="main" tabindex="-1">${this.renderPage()}</main>
      <div class="hidden-text" aria-live="polite">${this.announced}</div>
      ${this.renderHelp()}
    `;
  }

  /** What is there for everybody: no search, no places. */
  private renderOutside(): TemplateResult {
    return html`
      <header class="bar outside">
        <a class="brand" href="/login" aria-label="Tidemark, log in">${MARK}<span>Tidemark</span></a>
        <span class="grow"></span>
        ${this.renderTheme()}
      </header>
      <main class="main" tabindex="-1">${this.renderPage()}</main>
    `;
  }

  private renderAccount(): TemplateResult | typeof nothing {
    const here = session.now;
    if (here === null || here.by !== 'session') return nothing;
    const item = (words: string, everywhere: boolean): TemplateResult =>
      html`<li><button popovertarget=${ACCOUNT} popovertargetaction="hide" @click=${() => this.logOut(everywhere)}>${words}</button></li>`;
    const link = (words: string, href: string): TemplateResult => html`<li><a href=${href} @click=${() => this.querySelector<HTMLElement>(`#${ACCOUNT}`)?.hidePopover()}>${words}</a></li>`;
    return html`<button class="icon-button account" aria-label="Account: ${here.name}" title="${here.name}, ${here.role}" popovertarget=${ACCOUNT}>${PERSON}</button>
      <ul id=${ACCOUNT} class="bar-menu account-menu" aria-label="Account" popover>
        <li class="who"><strong>${here.name}</strong> <span class="quiet">${here.role}</span></li>
        ${session.may('admin') ? html`${link('Users and keys', '/access')} ${here.security === 'on' ? link('Enrolment tokens', '/tokens') : nothing} ${link('Audit', '/audit')}` : nothing} ${here.name?.startsWith('oidc:') ? nothing : link('Change password', '/password')}
        ${item('Log out', false)} ${item('Log out everywhere', true)}
      </ul>`;
  }

  private async logOut(everywhere: boolean): Promise<void> {
    try {
      await session.logOut(everywhere);
    } catch {
      await session.ask(); // it may be over already
    }
  }

  private renderLive(): TemplateResult | typeof nothing {
    if (OTHER_PLACES.includes(location.pathname)) return nothing; // they show what was when they were opened
    const state = feed.state;
    return html`<button
      class="button live"
      data-state=${state}
      aria-pressed=${state !== 'paused'}
      aria-label="Live updates: ${LIVE_WORDS[state]}"
      title=${withKey(LIVE_TITLES[state], 'l')}
      @click=${() => feed.toggle()}
    >
      <i class="dot"></i><span class="word">${LIVE_WORDS[state]}</span>
    </button>`;
  }

  private renderMenu(): TemplateResult {
    const item = (words: string, action: () => void): TemplateResult =>
      html`<li><button popovertarget=${MENU} popovertargetaction="hide" @click=${action}>${words}</button></li>`;
    return html`<ul id=${MENU} class="bar-menu" aria-label="More" popover>
      ${item(isUtc() ? "Times as this browser's clock" : 'Times in UTC', toggleZone)}
      ${item(feed.paused ? 'Go on with live updates' : 'Pause live updates', () => feed.toggle())} ${item('Help', () => this.toggleHelp())}
    </ul>`;
  }

  private renderTheme(): TemplateResult {
    const now = theme();
    return html`<button
      class="icon-button theme"
      aria-label="Theme: ${now}"
      title="Theme: ${now === 'auto' ? 'as the system' : now}"
      @click=${() => {
        nextTheme();
        this.requestUpdate();
      }}
    >
      ${THEME_SIGNS[now]}
    </button>`;
  }

  private renderPage(): TemplateResult {
    if (!session.isSettled) return html``;
    const where = route();
    switch (where.page) {
      case 'place':
        return PAGES[where.href]!;
      case 'device':
        return html`<tm-device .device=${where.device}></tm-device>`;
      case 'nowhere':
        return html`<p class="empty"><strong>There is no page at ${where.path}.</strong><a href="/">Go to the fleet</a></p>`;
    }
  }

  private renderHelp(): TemplateResult {
    return html`<dialog aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <p class="keys-switch">
        <button class="button" role="switch" aria-checked=${keysOn()} aria-describedby="keys-what" @click=${toggleKeys}>Single keys: ${keysOn() ? 'on' : 'off'}</button>
        <span id="keys-what" class="label">Switch them off if they get into the way of speech input, or are pressed by mistake.</span>
      </p>
      <dl class=${keysOn() ? '' : 'are-off'}>${KEYS_HELP.map(helpRow)}</dl>
      <dl>${OTHER_HELP.map(helpRow)}</dl>
      <h2>Charts</h2>
      <dl class="by-mouse">${CHARTS_HELP.mouse.map(helpRow)}</dl>
      <dl class="by-touch">${CHARTS_HELP.touch.map(helpRow)}</dl>
      <form method="dialog"><button class="button">Close</button></form>
    </dialog>`;
  }

  private toggleHelp(): void {
    const dialog = this.querySelector('dialog')!;
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  private readonly onSearch = (event: Event): void => {
    if (!isAt('/')) return; // there it waits for Enter
    setQuery({ q: (event.target as HTMLInputElement).value.trim() });
    window.dispatchEvent(new Event('search-changed'));
  };

  private readonly onSearchKey = (event: KeyboardEvent): void => {
    const input = event.target as HTMLInputElement;
    if (event.key === 'Escape') {
      event.preventDefault();
      input.value = '';
      this.onSearch(event);
      input.blur();
    }
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    const text = this.querySelector<HTMLInputElement>('.search input')!.value.trim();
    const only = this.querySelectorAll<HTMLAnchorElement>('tm-fleet tbody .col-device a');
    if (!isAt('/')) go(text ? `/?q=${encodeURIComponent(text)}` : '/');
    else if (text && only.length === 1) go(only[0]!.pathname);
    else this.querySelector<HTMLAnchorElement>('tm-fleet tbody .col-device a')?.focus();
  };
}

customElements.define('tm-app', App);
