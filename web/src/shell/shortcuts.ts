/** Keys that work everywhere, as long as nobody is typing. */
import { places } from './nav';
import { router } from '../state/router.svelte';
import { session } from '../state/session.svelte';

/** How long `g` waits for its second key. */
const CHORD_MS = 1200;

export class Shortcuts {
  #chordUntil = 0;

  constructor(private readonly open: { palette: () => void; help: () => void }) {}

  key(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      // Programs in a terminal need Ctrl K themselves; with Shift it is ours there too.
      if (isTerminal(event.target) && event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      this.open.palette();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    if (document.querySelector('dialog[open]')) return;
    if (this.#plain(event.key)) event.preventDefault();
  }

  #plain(key: string): boolean {
    if (performance.now() < this.#chordUntil) {
      this.#chordUntil = 0;
      const place = places.find((known) => known.key === key && (!known.admin || session.isAdmin));
      if (place) router.go(place.path);
      return place !== undefined;
    }
    if (key === 'g') this.#chordUntil = performance.now() + CHORD_MS;
    else if (key === 'n') router.go('/new');
    else if (key === '?') this.open.help();
    else if (key === '/') return focusSearch();
    else return false;
    return true;
  }
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  field?.focus();
  return field !== null;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.matches?.('input, textarea, select, [contenteditable="true"]') ?? false;
}

function isTerminal(target: EventTarget | null): boolean {
  return (target as Element | null)?.closest?.('.xterm') !== null;
}
