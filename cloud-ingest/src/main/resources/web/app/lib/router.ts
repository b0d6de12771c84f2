// Where one is: the path and query of the address bar.

import { OTHER_PLACES, PLACES } from './places';

export type Route = { page: 'place'; href: string } | { page: 'device'; device: string } | { page: 'nowhere'; path: string };

export function route(): Route {
  const path = location.pathname;
  if (path === '/index.html') return { page: 'place', href: '/' };
  if (isPlace(path)) return { page: 'place', href: path };
  const device = /^\/device\/([^/]+)\/?$/.exec(path)?.[1];
  if (device !== undefined) {
    try {
      return { page: 'device', device: decodeURIComponent(device) };
    } catch {
      // Not percent-encoding: falls through to nowhere.
    }
  }
  return { page: 'nowhere', path };
}

function isPlace(path: string): boolean {
  return OTHER_PLACES.includes(path) || PLACES.some((place) => place.href === path);
}

export function deviceHref(device: string): string {
  return `/device/${encodeURIComponent(device)}`;
}

export function query(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** Goes to another address. Going back comes back to this one. */
export function go(href: string): void {
  if (href === location.pathname + location.search) return;
  push(href);
  window.dispatchEvent(new Event('route-changed'));
}

/** How many entries of the browser's history before this one are of the same page, one after the other: so often one can go back and stay. */
export function stepsBefore(): number {
  return (history.state as { steps?: number } | null)?.steps ?? 0;
}

function push(href: string): void {
  const isSamePage = new URL(href, location.href).pathname === location.pathname;
  history.pushState({ steps: isSamePage ? stepsBefore() + 1 : 0 }, '', href);
}

/** Changes the query in place: filters are part of the address, but not of the history. */
export function setQuery(changes: QueryChanges): void {
  rewrite(changedBy(changes));
}

/** Changes the query so that going back comes back to the one before; a query that stays the same is not another. */
export function pushQuery(changes: QueryChanges): void {
  const href = changedBy(changes);
  if (href !== location.pathname + location.search) push(href);
}

/** What each key becomes; null takes it away. */
type QueryChanges = Record<string, string | string[] | null>;

function changedBy(changes: QueryChanges): string {
  const params = query();
  for (const [key, text] of Object.entries(changes)) {
    params.delete(key);
    for (const one of text === null ? [] : [text].flat()) if (one !== '' || Array.isArray(text)) params.append(key, one);
  }
  return location.pathname + readable(params);
}

/** Puts another address in the place of this one. */
export function rewrite(href: string): void {
  history.replaceState(history.state, '', href);
}

/** A query as people can read it: what separates the parts of a series' name needs no escaping there. */
export function readable(params: URLSearchParams): string {
  const text = params.toString().replaceAll('%2F', '/').replaceAll('%40', '@');
  return text && `?${text}`;
}

/** Plain clicks on links of this origin change the page without a reload. */
export function interceptLinks(root: HTMLElement): void {
  root.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest('a');
    if (!link || link.origin !== location.origin || link.target) return;
    if (!link.pathname.startsWith('/device/') && !isPlace(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
