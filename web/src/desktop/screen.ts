import RFB from '@novnc/novnc';
import type { Standing, Visit } from './line';

export interface On {
  open: () => void;
  broken: () => void;
  copied: (text: string) => void;
}

/** A connection to the screen, drawn into an element. */
export class Screen implements Visit {
  readonly #rfb: RFB;
  /** The library takes it out of the page when the connection breaks. */
  #canvas: HTMLCanvasElement | undefined;

  constructor(target: HTMLElement, standing: Standing, on: On) {
    const url = new URL('/vnc', location.href);
    url.protocol = 'wss:';
    this.#rfb = new RFB(target, url.href, { shared: true });
    const follows = standing.resolution === 'follow';
    this.#rfb.resizeSession = follows;
    this.#rfb.scaleViewport = !follows;
    this.#rfb.background = 'transparent';
    this.#rfb.qualityLevel = 8;
    this.#rfb.compressionLevel = 2;
    this.#rfb.addEventListener('connect', () => {
      this.#canvas = target.querySelector('canvas') ?? undefined;
      on.open();
      this.focus();
    });
    this.#rfb.addEventListener('disconnect', () => on.broken());
    this.#rfb.addEventListener('clipboard', (event) =>
      on.copied((event as CustomEvent<{ text: string }>).detail.text),
    );
  }

  /** What was seen last: a picture to look at while there is no connection. */
  picture(): HTMLCanvasElement | undefined {
    return this.#canvas;
  }

  focus(): void {
    this.#rfb.focus({ preventScroll: true });
  }

  paste(text: string): void {
    this.#rfb.clipboardPasteFrom(text);
  }

  /** Lets go of the keys that a person holds while they leave the screen by keyboard. */
  release(): void {
    for (const [keysym, code] of MODIFIERS) this.#rfb.sendKey(keysym, code, false);
  }

  close(): void {
    this.#rfb.disconnect();
  }
}

const MODIFIERS: [number, string][] = [
  [0xffe3, 'ControlLeft'],
  [0xffe4, 'ControlRight'],
  [0xffe9, 'AltLeft'],
  [0xffe1, 'ShiftLeft'],
  [0xffe2, 'ShiftRight'],
];
