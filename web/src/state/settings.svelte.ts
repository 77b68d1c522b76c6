/** What this browser remembers for its person. */

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  theme: Theme;
  terminalFontSize: number;
  copyOnSelect: boolean;
  pasteGuard: boolean;
  screenReader: boolean;
  gpu: boolean;
}

const KEY = 'toft.settings';
const DEFAULTS: Settings = {
  theme: 'system',
  terminalFontSize: 14,
  copyOnSelect: false,
  pasteGuard: true,
  screenReader: false,
  gpu: false,
};

function load(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) };
  } catch {
    return { ...DEFAULTS };
  }
}

export const settings = $state(load());

export function change(next: Partial<Settings>): void {
  Object.assign(settings, next);
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Private windows may refuse storage; the settings then last as long as the page.
  }
  applyTheme();
}

const darkSystem = matchMedia('(prefers-color-scheme: dark)');
darkSystem.addEventListener('change', () => applyTheme());

export function applyTheme(): void {
  const dark = settings.theme === 'dark' || (settings.theme === 'system' && darkSystem.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
}
