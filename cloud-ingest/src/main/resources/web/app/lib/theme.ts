// Light, dark, or as the system says; remembered.

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'tidemark.theme';
const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];

export function theme(): Theme {
  const set = document.documentElement.dataset['theme'];
  return set === 'light' || set === 'dark' ? set : 'auto';
}

export function nextTheme(): Theme {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length]!;
  if (next === 'auto') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = next;
  }
  remember(KEY, next === 'auto' ? null : next);
  window.dispatchEvent(new Event('theme-changed'));
  return next;
}

/** Calls back when colours have changed, by the button or by the system. Returns what ends it. */
export function onThemeChange(callback: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', callback);
  window.addEventListener('theme-changed', callback);
  return () => {
    media.removeEventListener('change', callback);
    window.removeEventListener('theme-changed', callback);
  };
}

/** A colour of CSS as the canvas needs it: resolved for the present theme. */
export function colour(css: string): string {
  const probe = document.createElement('i');
  probe.style.color = css;
  probe.style.display = 'none';
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** Keeps a text for the next visit; null forgets it. Without storage nothing is kept. */
export function remember(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Storage is blocked or full: the page works without.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
