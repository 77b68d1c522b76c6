/** Snapshots as a person names them: by their workspace and a name of their own, as `toft snapshot` does. */
import type { Snapshot, Workspace, WorkspaceSpec } from '../api/types';
import { nameProblem } from './names';

/** Most characters of the name of an object, as crates/model has it. */
const OBJECT_MAX = 63;

/** The name of the object: two workspaces may each have a snapshot of one name. */
export function objectName(workspace: string, name: string): string {
  return `${workspace}-${name}`;
}

/** What a person calls it. One that another tool made is called as it named it. */
export function shownName({ metadata, spec }: Snapshot): string {
  const prefix = `${spec.workspace}-`;
  return metadata.name.startsWith(prefix) ? metadata.name.slice(prefix.length) : metadata.name;
}

/** A name for one that is taken now: `20261121-203055`, in UTC as the command line has it. */
export function nameByTime(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}

/** What is wrong with a snapshot's name; nothing where it is good. */
export function snapshotProblem(
  workspace: string,
  name: string,
  taken: ReadonlySet<string>,
): string | undefined {
  if (name === '') return 'Give it a name, for example “before-upgrade”.';
  if (taken.has(name)) return `There is a snapshot “${name}” already.`;
  // The object's name begins with a letter because the workspace's does.
  return nameProblem(`x${name}`, OBJECT_MAX - workspace.length);
}

/** Those of one workspace, or all; the newest first. */
export function newestFirst(snapshots: Snapshot[], namespace?: string, workspace?: string): Snapshot[] {
  const when = ({ metadata, status }: Snapshot) => status?.takenAt ?? metadata.creationTimestamp ?? '';
  return snapshots
    .filter((item) => !namespace || item.metadata.namespace === namespace)
    .filter(({ spec }) => !workspace || spec.workspace === workspace)
    .toSorted((a, b) => when(b).localeCompare(when(a)));
}

/** The wish to have a disk replaced, as long as it was not done. */
export function pendingRestore({ spec, status }: Workspace): string | undefined {
  const wish = spec.lifecycle?.restore;
  // Times and not texts: the daemon writes one without the zeros at its end.
  const done = wish && Date.parse(wish.requestedAt) === Date.parse(status?.restored ?? '');
  return wish && !done ? wish.snapshot : undefined;
}

/** A new workspace like the one that was kept, which begins with what its disk held. */
export function cloneOf(snapshot: Snapshot, name: string): Workspace {
  const source = snapshot.status?.source;
  const spec: WorkspaceSpec = {
    running: true,
    dataSource: { kind: 'Snapshot', name: snapshot.metadata.name },
    ...(source && { template: source.template }),
    ...(source?.parameters && { parameters: source.parameters }),
    ...(source?.image && { image: source.image }),
    ...(source?.resources && { resources: source.resources }),
  };
  return {
    apiVersion: snapshot.apiVersion,
    kind: 'Workspace',
    metadata: { name, namespace: snapshot.metadata.namespace ?? '' },
    spec,
  };
}
