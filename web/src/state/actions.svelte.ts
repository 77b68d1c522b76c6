/** What a person can do with a workspace, from any page, with its feedback. */
import { workspaces, type Ref } from '../api/client';
import { explain } from '../api/http';
import type { AppStatus, Workspace } from '../api/types';
import { live } from './live.svelte';
import { router } from './router.svelte';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';

export function refOf(workspace: Workspace): Ref {
  return { namespace: workspace.metadata.namespace ?? '', name: workspace.metadata.name };
}

export function pathOf(workspace: Workspace, tab = ''): string {
  const { namespace, name } = refOf(workspace);
  return `/w/${namespace}/${name}${tab ? `/${tab}` : ''}`;
}

/** The workspace that a dialog is asking about. */
export const asking = $state<{ remove: Workspace | undefined }>({ remove: undefined });

/** Puts an answer into the lists that show it, so that nobody waits for the watch. */
export function learn(workspace: Workspace): void {
  live.workspaces(session.scope).put(workspace);
}

/** The offer to undo a stop, by workspace, as long as it stands. */
const stops = new Map<string, number>();

export async function start(workspace: Workspace): Promise<void> {
  toasts.dismiss(stops.get(pathOf(workspace)) ?? 0);
  await power(workspace, true);
}

export async function stop(workspace: Workspace): Promise<void> {
  const done = await power(workspace, false);
  if (!done) return;
  const offer = toasts.say(`Stopping ${workspace.metadata.name}. Its home stays.`, {
    label: 'Undo',
    run: () => void power(workspace, true),
  });
  stops.set(pathOf(workspace), offer);
}

async function power(workspace: Workspace, running: boolean): Promise<boolean> {
  return attempt(`${running ? 'start' : 'stop'} ${workspace.metadata.name}`, async () => {
    learn(await workspaces.power(refOf(workspace), running));
  });
}

export async function restart(workspace: Workspace): Promise<void> {
  await attempt(`restart ${workspace.metadata.name}`, async () => {
    learn(await workspaces.restart(refOf(workspace)));
    toasts.say(`Restarting ${workspace.metadata.name}.`);
  });
}

export async function remove(workspace: Workspace): Promise<boolean> {
  return attempt(`delete ${workspace.metadata.name}`, async () => {
    await workspaces.remove(refOf(workspace));
    toasts.say(`Deleting ${workspace.metadata.name}.`);
    if (router.path.startsWith(pathOf(workspace))) router.go('/');
  });
}

/** Opens an app: a terminal in this page, a web app in a tab of its own and origin. */
export async function openApp(workspace: Workspace, app: AppStatus): Promise<void> {
  if (app.kind === 'terminal') {
    router.go(pathOf(workspace));
    return;
  }
  // The tab is opened before the answer, while the click still allows it.
  const tab = window.open('about:blank', '_blank');
  const done = await attempt(`open ${app.title}`, async () => {
    const { url } = await workspaces.open(refOf(workspace), app.name);
    if (!tab) {
      location.assign(url);
      return;
    }
    tab.opener = null;
    tab.location.replace(url);
  });
  if (!done) tab?.close();
}

/** Runs `work`; tells what could not be done, and why. */
export async function attempt(doing: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    toasts.fail(`Could not ${doing}: ${explain(error)}`);
    return false;
  }
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.say(`${what} copied.`);
  } catch {
    toasts.fail(`The browser did not allow to copy. ${what}: ${text}`);
  }
}
