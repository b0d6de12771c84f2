// Where one is: the path and query of the address bar.

import { PLACES } from './places';

export type Route = { page: 'place'; href: string } | { page: 'device'; device: string } | { page: 'nowhere'; path: string };

export function route(): Route {
  const path = location.pathname;
  if (path === '/index.html') return { page: 'place', href: '/' };
  if (PLACES.some((place) => place.href === path)) return { page: 'place', href: path };
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

export function deviceHref(device: string): string {
  return `/device/${encodeURIComponent(device)}`;
}

export function query(): URLSearchParams {
  return new URLSearchParams(location.search);
}

export function go(href: string): void {
  if (href === location.pathname + location.search) return;
  history.pushState(null, '', href);
  window.dispatchEvent(new Event('route-changed'));
}

/** Changes the query in place: filters and ranges are part of the address, but not of the history. */
export function setQuery(changes: Record<string, string | string[] | null>): void {
  const params = query();
  for (const [key, text] of Object.entries(changes)) {
    params.delete(key);
    for (const one of text === null ? [] : [text].flat()) if (one !== '' || Array.isArray(text)) params.append(key, one);
  }
  rewrite(location.pathname + readable(params));
}

/** Puts another address in the place of this one. */
export function rewrite(href: string): void {
  history.replaceState(null, '', href);
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
    if (!link.pathname.startsWith('/device/') && !PLACES.some((place) => place.href === link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
