/** Which terminals stand where: tabs, each with one or more panes side by side. */

/** A pane is a session, or one that is about to be opened (`new:…`). */
export type Pane = string;
export interface Group {
  panes: Pane[];
}

export interface Arrangement {
  groups: Group[];
  active: number;
  focused: Pane;
}

let made = 0;

/** A pane whose session the daemon will name. */
export function newPane(): Pane {
  made += 1;
  return `new:${made}`;
}

export function isNew(pane: Pane): boolean {
  return pane.startsWith('new:');
}

/** What was remembered, without what has ended, with what has been opened elsewhere. */
export function arrange(remembered: Partial<Arrangement> | undefined, sessions: string[]): Arrangement {
  const alive = new Set(sessions);
  const groups = (remembered?.groups ?? [])
    .map(({ panes }) => ({ panes: panes.filter((pane) => alive.delete(pane)) }))
    .filter(({ panes }) => panes.length > 0);
  for (const session of sessions) if (alive.has(session)) groups.push({ panes: [session] });
  if (groups.length === 0) groups.push({ panes: [newPane()] });
  const active = Math.min(Math.max(0, remembered?.active ?? 0), groups.length - 1);
  const panes = groups[active]?.panes ?? [];
  const focused = panes.includes(remembered?.focused ?? '') ? (remembered?.focused ?? '') : (panes[0] ?? '');
  return { groups, active, focused };
}

/** Adds a tab at the end and goes there. */
export function addTab({ groups }: Arrangement): Arrangement {
  const pane = newPane();
  return { groups: [...groups, { panes: [pane] }], active: groups.length, focused: pane };
}

/** Adds a pane beside the focused one. */
export function split({ groups, active, focused }: Arrangement): Arrangement {
  const pane = newPane();
  const next = groups.map((group, index) => {
    if (index !== active) return group;
    const at = group.panes.indexOf(focused) + 1;
    return { panes: group.panes.toSpliced(at, 0, pane) };
  });
  return { groups: next, active, focused: pane };
}

/** Takes a pane away; its tab goes with the last one. Nothing is left where it was the very last. */
export function removePane({ groups, active, focused }: Arrangement, pane: Pane): Arrangement {
  const index = groups.findIndex(({ panes }) => panes.includes(pane));
  const next = groups
    .map(({ panes }) => ({ panes: panes.filter((item) => item !== pane) }))
    .filter(({ panes }) => panes.length > 0);
  const lost = next.length < groups.length && index <= active && active > 0 ? 1 : 0;
  const at = Math.max(0, Math.min(active - lost, next.length - 1));
  const here = next[at]?.panes ?? [];
  return { groups: next, active: at, focused: here.includes(focused) ? focused : (here[0] ?? '') };
}

/** Puts the session that the daemon has named where the new pane stood. */
export function rename(arrangement: Arrangement, from: Pane, to: Pane): Arrangement {
  const name = (pane: Pane) => (pane === from ? to : pane);
  return {
    groups: arrangement.groups.map(({ panes }) => ({ panes: panes.map(name) })),
    active: arrangement.active,
    focused: name(arrangement.focused),
  };
}
