/** The places that the rail and the palette lead to. */
import type { Component } from 'svelte';
import Activity from '@lucide/svelte/icons/activity';
import Blocks from '@lucide/svelte/icons/blocks';
import Camera from '@lucide/svelte/icons/camera';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import Shield from '@lucide/svelte/icons/shield';

export interface Place {
  path: string;
  title: string;
  icon: Component;
  /** The second key after `g`. */
  key: string;
  admin?: boolean;
  isHere: (path: string) => boolean;
}

const under = (prefix: string) => (path: string) => path === prefix || path.startsWith(`${prefix}/`);

export const places: Place[] = [
  {
    path: '/',
    title: 'Workspaces',
    icon: SquareTerminal,
    key: 'w',
    isHere: (path) => path === '/' || path === '/new' || path.startsWith('/w/'),
  },
  { path: '/templates', title: 'Templates', icon: Blocks, key: 't', isHere: under('/templates') },
  { path: '/images', title: 'Images', icon: HardDrive, key: 'i', isHere: under('/images') },
  { path: '/snapshots', title: 'Snapshots', icon: Camera, key: 's', isHere: under('/snapshots') },
  { path: '/activity', title: 'Activity', icon: Activity, key: 'a', isHere: under('/activity') },
  { path: '/admin', title: 'Admin', icon: Shield, key: 'd', admin: true, isHere: under('/admin') },
];
