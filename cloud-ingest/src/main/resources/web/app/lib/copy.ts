// A click on a number copies its full value and says so, to eyes and to screen readers.

const SHOWN_MS = 900;

export function installCopying(root: HTMLElement, announce: (text: string) => void): void {
  root.addEventListener('click', (event) => {
    const element = (event.target as Element).closest<HTMLElement>('.num');
    if (element && !element.closest('a')) void copy(element, announce);
  });
  root.addEventListener('keydown', (event) => {
    const element = event.target as HTMLElement;
    if ((event.key === 'Enter' || event.key === ' ') && element.classList.contains('num')) {
      event.preventDefault();
      void copy(element, announce);
    }
  });
}

async function copy(element: HTMLElement, announce: (text: string) => void): Promise<void> {
  const text = element.dataset['full'] ?? element.textContent ?? '';
  try {
    // Only there on https and on localhost.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyBySelection(text);
  } catch {
    announce('The browser does not allow copying here.');
    return;
  }
  element.dataset['copied'] = '';
  announce(`Copied ${text}`);
  setTimeout(() => delete element.dataset['copied'], SHOWN_MS);
}

function copyBySelection(text: string): void {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'hidden-text';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
