/** What a person can do with snapshots, from any page, with its feedback. */
import { snapshots, workspaces } from '../api/client';
import type { Snapshot, Workspace } from '../api/types';
import { cloneOf, objectName, shownName } from '../model/snapshots';
import { attempt, learn, pathOf, refOf } from './actions.svelte';
import { live } from './live.svelte';
import { router } from './router.svelte';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';

const DAY_MS = 86_400_000;

/** A list that has this owner's snapshots: the one that is followed anyway where it can be. */
export function snapshotsIn(namespace: string) {
  const { scope } = session;
  return live.snapshots(scope === undefined || scope === namespace ? scope : namespace);
}

/** Keeps what the disk holds now, for `days` or until it is removed. */
export async function take(workspace: Workspace, name: string, days: number | undefined): Promise<boolean> {
  const { namespace, name: of } = refOf(workspace);
  const expires = days === undefined ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() };
  return attempt(`take a snapshot of ${of}`, async () => {
    const made = await snapshots.take({
      apiVersion: workspace.apiVersion,
      kind: 'Snapshot',
      metadata: { name: objectName(of, name), namespace },
      spec: { workspace: of, ...expires },
    });
    snapshotsIn(namespace).put(made);
  });
}

export async function restore(workspace: Workspace, snapshot: Snapshot): Promise<boolean> {
  const what = shownName(snapshot);
  return attempt(`restore ${what}`, async () => {
    learn(await workspaces.restore(refOf(workspace), snapshot.metadata.name));
    toasts.say(`Restoring ${what} to ${workspace.metadata.name}. What it holds now is kept as a snapshot.`);
  });
}

/** Takes back a restore that cannot be done. */
export async function giveUpRestore(workspace: Workspace): Promise<boolean> {
  return attempt(`give the restore of ${workspace.metadata.name} up`, async () => {
    learn(await workspaces.restore(refOf(workspace), undefined));
  });
}

export async function clone(snapshot: Snapshot, name: string): Promise<boolean> {
  return attempt(`make ${name}`, async () => {
    const made = await workspaces.create(cloneOf(snapshot, name));
    learn(made);
    router.go(pathOf(made));
  });
}

export async function remove(snapshot: Snapshot): Promise<boolean> {
  const { namespace = '', name } = snapshot.metadata;
  return attempt(`remove ${shownName(snapshot)}`, async () => {
    await snapshots.remove({ namespace, name });
  });
}
