/** Where a sign-in goes on to: an app's page sent the browser here and waits for it. */
export interface Next {
  /** The path to load: on this origin, and nothing but the step that carries the sign-in on. */
  path: string;
  /** Whose page waits: `HOST[:PORT]`. */
  host: string;
}

const AUTHORIZE = '/api/toft/v1/authorize?';

/** How long a sign-in link is good, and with it the memory of where one wanted to go. */
const REMEMBER_MS = 15 * 60_000;
const KEY = 'toft.next';

/**
 * What `next` says, if it is exactly the step that it can be. Whatever else somebody put into a
 * link to this page leads nowhere.
 */
export function readNext(next: string | null): Next | undefined {
  if (!next?.startsWith(AUTHORIZE) || next.length > 8192 || !/^[!-[\]-~]+$/.test(next)) return undefined;
  const host = new URLSearchParams(next.slice(AUTHORIZE.length)).get('host') ?? '';
  return /^[a-z0-9.:[\]_-]+$/i.test(host) ? { path: next, host } : undefined;
}

/** The sign-in link may be opened in this tab, and knows nothing of where one wanted to go. */
export function rememberNext(next: Next, store: Storage, now: number): void {
  store.setItem(KEY, JSON.stringify({ path: next.path, until: now + REMEMBER_MS }));
}

export function recallNext(store: Storage, now: number): Next | undefined {
  const kept = store.getItem(KEY);
  store.removeItem(KEY);
  if (!kept) return undefined;
  const { path, until } = JSON.parse(kept) as { path: string; until: number };
  return now < until ? readNext(path) : undefined;
}
