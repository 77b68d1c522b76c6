/** Everything that can be done from the palette. */
import type { Component } from 'svelte';
import Camera from '@lucide/svelte/icons/camera';
import Copy from '@lucide/svelte/icons/copy';
import FileText from '@lucide/svelte/icons/file-text';
import Folder from '@lucide/svelte/icons/folder';
import Keyboard from '@lucide/svelte/icons/keyboard';
import KeyRound from '@lucide/svelte/icons/key-round';
import LogOut from '@lucide/svelte/icons/log-out';
import Play from '@lucide/svelte/icons/play';
import Plus from '@lucide/svelte/icons/plus';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Square from '@lucide/svelte/icons/square';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Workspace } from '../api/types';
import { canStart, canStop, phaseOf } from '../model/phase';
import * as act from '../state/actions.svelte';
import { live } from '../state/live.svelte';
import { router } from '../state/router.svelte';
import { session } from '../state/session.svelte';
import { change } from '../state/settings.svelte';
import { places } from './nav';

export interface Command {
  id: string;
  title: string;
  hint: string;
  icon: Component;
  destroys?: boolean;
  run: () => void;
}

export function allCommands(help: () => void): Command[] {
  const workspaces = live.workspaces(session.scope).items;
  return [
    ...workspaces.map(openCommand),
    { id: 'new', title: 'New workspace', hint: 'n', icon: Plus, run: () => router.go('/new') },
    ...placeCommands(),
    ...workspaces.flatMap(workspaceCommands),
    ...live.templates().items.map((template) => ({
      id: `new/${template.metadata.name}`,
      title: `New workspace from ${template.spec.title}`,
      hint: 'template',
      icon: Plus,
      run: () => router.go(`/new?template=${encodeURIComponent(template.metadata.name)}`),
    })),
    ...ownCommands(help),
  ];
}

function openCommand(workspace: Workspace): Command {
  return {
    id: `open/${act.pathOf(workspace)}`,
    title: workspace.metadata.name,
    hint: phaseOf(workspace),
    icon: SquareTerminal,
    run: () => router.go(act.pathOf(workspace)),
  };
}

function workspaceCommands(workspace: Workspace): Command[] {
  const name = workspace.metadata.name;
  const path = act.pathOf(workspace);
  const command = (verb: string, icon: Component, run: () => void): Command => ({
    id: `${verb}/${path}`,
    title: `${verb} ${name}`,
    hint: 'workspace',
    icon,
    run,
  });
  const power = canStop(workspace)
    ? [
        command('Stop', Square, () => void act.stop(workspace)),
        command('Restart', RotateCw, () => void act.restart(workspace)),
      ]
    : canStart(workspace)
      ? [command('Start', Play, () => void act.start(workspace))]
      : [];
  const apps = (workspace.status?.apps ?? [])
    .filter((app) => app.kind === 'web')
    .map((app) => command(`Open ${app.title} of`, SquareTerminal, () => void act.openApp(workspace, app)));
  return [
    ...apps,
    ...power,
    command('Files of', Folder, () => router.go(`${path}/files`)),
    command('Snapshots of', Camera, () => router.go(`${path}/snapshots`)),
    command('Logs of', FileText, () => router.go(`${path}/logs`)),
    command('Copy the address of', Copy, () => void act.copy(location.origin + path, 'Address')),
    { ...command('Delete', Trash2, () => (act.asking.remove = workspace)), destroys: true },
  ];
}

function placeCommands(): Command[] {
  return places
    .filter((place) => !place.admin || session.isAdmin)
    .map(({ path, title, icon, key }) => ({
      id: `go${path}`,
      title: `Go to ${title}`,
      hint: `g ${key}`,
      icon,
      run: () => router.go(path),
    }));
}

function ownCommands(help: () => void): Command[] {
  const theme = (title: string, value: 'system' | 'light' | 'dark'): Command => ({
    id: `theme/${value}`,
    title,
    hint: 'theme',
    icon: SunMoon,
    run: () => change({ theme: value }),
  });
  const doctor: Command[] = session.isAdmin
    ? [
        {
          id: 'doctor',
          title: 'Doctor: check this host',
          hint: 'admin',
          icon: Stethoscope,
          run: () => router.go('/admin/doctor'),
        },
      ]
    : [];
  return [
    ...doctor,
    {
      id: 'tokens',
      title: 'API tokens and signed-in browsers',
      hint: 'account',
      icon: KeyRound,
      run: () => router.go('/tokens'),
    },
    theme('Light theme', 'light'),
    theme('Dark theme', 'dark'),
    theme('Theme as the system', 'system'),
    { id: 'help', title: 'Keyboard shortcuts', hint: '?', icon: Keyboard, run: help },
    { id: 'out', title: 'Sign out', hint: 'account', icon: LogOut, run: () => void session.signOut() },
  ];
}
