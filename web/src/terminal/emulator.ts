/** xterm.js as Toft sets it up. Loaded when the first terminal is opened. */
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { clipboardRequest } from './paste';
import { openStrictly } from './strictDocument';

export interface Emulator {
  terminal: Terminal;
  fit: FitAddon;
  search: SearchAddon;
  dispose(): void;
}

export interface EmulatorOptions {
  fontSize: number;
  screenReader: boolean;
  gpu: boolean;
  /** A program asks to put this on the clipboard. */
  onClipboard: (text: string) => void;
}

const SCROLLBACK = 10_000;

export function makeEmulator(parent: HTMLElement, options: EmulatorOptions): Emulator {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: token('--mono'),
    fontSize: options.fontSize,
    lineHeight: 1.15,
    macOptionIsMeta: true,
    minimumContrastRatio: 4.5,
    screenReaderMode: options.screenReader,
    scrollback: SCROLLBACK,
    theme: theme(),
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new Unicode11Addon());
  terminal.loadAddon(new WebLinksAddon(openLink));
  terminal.unicode.activeVersion = '11';
  // Programs may ask to fill the clipboard (OSC 52), never to read it; and a person decides.
  terminal.parser.registerOscHandler(52, (data) => {
    const text = clipboardRequest(data);
    if (text !== undefined) options.onClipboard(text);
    return true;
  });
  openStrictly(() => terminal.open(parent));
  if (options.gpu) void drawByGpu(terminal);
  return { terminal, fit, search, dispose: () => terminal.dispose() };
}

async function drawByGpu(terminal: Terminal): Promise<void> {
  const { WebglAddon } = await import('@xterm/addon-webgl');
  try {
    const addon = new WebglAddon();
    addon.onContextLoss(() => addon.dispose());
    terminal.loadAddon(addon);
  } catch {
    // Without WebGL 2 the terminal goes on being drawn by the document.
  }
}

/** Links open in a tab that knows nothing of this one. */
function openLink(_event: MouseEvent, uri: string): void {
  if (/^https?:\/\//i.test(uri)) window.open(uri, '_blank', 'noopener,noreferrer');
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function theme() {
  return {
    background: token('--term-bg'),
    foreground: token('--term-fg'),
    cursor: '#7ee0b3',
    cursorAccent: token('--term-bg'),
    selectionBackground: '#3d5a80aa',
    black: '#2a2d33',
    red: '#f0716b',
    green: '#6ecb8f',
    yellow: '#e0b45c',
    blue: '#6fa8f5',
    magenta: '#c792ea',
    cyan: '#5cc8cf',
    white: '#d5d7da',
    brightBlack: '#8b919a',
    brightRed: '#ff938d',
    brightGreen: '#8fe3ab',
    brightYellow: '#f2cd82',
    brightBlue: '#97c3ff',
    brightMagenta: '#ddb3f7',
    brightCyan: '#86e0e5',
    brightWhite: '#ffffff',
  };
}
