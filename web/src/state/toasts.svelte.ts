/** Short messages at the edge of the page, some with one button, and what screen readers are told. */

export interface Toast {
  id: number;
  tone: 'ok' | 'danger';
  text: string;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 7000;

class Toasts {
  list = $state<Toast[]>([]);
  spoken = $state('');
  #next = 1;
  #timers = new Map<number, { left: () => void }>();

  say(text: string, action?: Toast['action']): number {
    return this.#add(action ? { tone: 'ok', text, action } : { tone: 'ok', text });
  }

  fail(text: string, action?: Toast['action']): number {
    return this.#add(action ? { tone: 'danger', text, action } : { tone: 'danger', text });
  }

  /** Says it to screen readers only. */
  announce(text: string): void {
    this.spoken = text;
  }

  /** Offers to undo; `commit` runs when nobody did, at the latest when the page goes. */
  undoable(text: string, undo: () => void, commit: () => void): void {
    let open = true;
    const settle = (run: () => void) => {
      if (!open) return;
      open = false;
      removeEventListener('pagehide', leave);
      run();
    };
    const leave = () => settle(commit);
    addEventListener('pagehide', leave);
    const id = this.say(text, { label: 'Undo', run: () => settle(undo) });
    this.#timers.set(id, { left: leave });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
    this.#timers.get(id)?.left();
    this.#timers.delete(id);
  }

  #add(toast: Omit<Toast, 'id'>): number {
    const id = this.#next;
    this.#next += 1;
    this.list = [...this.list.slice(-3), { ...toast, id }];
    setTimeout(() => this.dismiss(id), SHOWN_MS);
    return id;
  }
}

export const toasts = new Toasts();
