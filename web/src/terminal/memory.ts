/** What this tab of the browser remembers of a workspace's terminals. */
import { isNew, type Arrangement } from './layout';

const key = (uid: string) => `toft.terminals.${uid}`;

export function recall(uid: string): Partial<Arrangement> | undefined {
  try {
    const text = sessionStorage.getItem(key(uid));
    return text ? (JSON.parse(text) as Partial<Arrangement>) : undefined;
  } catch {
    return undefined;
  }
}

export function remember(uid: string, { groups, active, focused }: Arrangement): void {
  // A pane without a session cannot be found again.
  const named = groups.map(({ panes }) => ({ panes: panes.filter((pane) => !isNew(pane)) }));
  try {
    sessionStorage.setItem(key(uid), JSON.stringify({ groups: named, active, focused }));
  } catch {
    // Without storage the daemon's own list is enough; only the order is lost.
  }
}
