/** Which sign stands for a template: by its name, else by what its apps are. */
import type { Component } from 'svelte';
import Boxes from '@lucide/svelte/icons/boxes';
import Code from '@lucide/svelte/icons/code-xml';
import Globe from '@lucide/svelte/icons/globe';
import Monitor from '@lucide/svelte/icons/monitor';
import NotebookText from '@lucide/svelte/icons/notebook-text';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import type { Template } from '../api/types';

const BY_NAME: [part: string, sign: Component][] = [
  ['desktop', Monitor],
  ['code', Code],
  ['notebook', NotebookText],
  ['docker', Boxes],
  ['web', Globe],
  ['shell', SquareTerminal],
];

export function pictureOf(name: string, template?: Template): Component {
  const known = BY_NAME.find(([part]) => name.includes(part))?.[1];
  if (known) return known;
  return template?.spec.apps?.some((app) => app.kind === 'web') ? Globe : SquareTerminal;
}
