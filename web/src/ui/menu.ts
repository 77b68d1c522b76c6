import type { Component } from 'svelte';

/** One thing to do in a menu; with `checked`, one thing to switch. */
export interface MenuItem {
  label: string;
  icon?: Component;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  run: () => void;
}
