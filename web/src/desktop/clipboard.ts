/**
 * Two clipboards, the browser's and the desktop's, kept alike as far as the browser lets.
 *
 * Towards the browser: what is copied on the desktop is written at once; browsers allow that to a
 * page that is in front. Towards the desktop: what was copied elsewhere is read when the page comes
 * to the front, if the person has allowed it once; they are asked by a button, never by surprise.
 */
export interface Peer {
  paste(text: string): void;
}

export class Clipboards {
  /** What both had last: neither is told what it said itself. */
  #shared: string | undefined;

  constructor(private readonly peer: Peer) {}

  /** The desktop copied something. */
  async copied(text: string): Promise<boolean> {
    this.#shared = text;
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes what is in the browser's clipboard, if that may be read without asking. */
  async focus(): Promise<void> {
    if (await this.allowed()) await this.take();
  }

  async allowed(): Promise<boolean> {
    try {
      const name = 'clipboard-read' as PermissionName;
      return (await navigator.permissions.query({ name })).state === 'granted';
    } catch {
      return false;
    }
  }

  /** Reads the browser's clipboard, which may ask the person; says whether it could. */
  async take(): Promise<boolean> {
    try {
      this.give(await navigator.clipboard.readText());
      return true;
    } catch {
      return false;
    }
  }

  /** Puts a text onto the desktop's clipboard. */
  give(text: string): void {
    if (text === '' || text === this.#shared) return;
    this.#shared = text;
    this.peer.paste(text);
  }
}
