/**
 * One terminal's line to the daemon. The shell and its screen live in the workspace; this keeps a
 * socket to them and knows how much of the output has arrived.
 *
 *   connecting ──attached──► open ──socket broke──► waiting ──(back-off)──► connecting …
 *                             │                        └─(the session is gone)──► ended
 *                             └──exit──► ended
 *
 * After a break it attaches again with the session and the offset, and the daemon sends what was
 * missed: nothing is lost and nothing comes twice. Where too much was missed, the screen is painted
 * anew; those bytes are announced and do not count.
 */
import { backoff } from '../api/watch';

export type LineState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  | { kind: 'waiting'; attempt: number; retryAt: number; why: string }
  | { kind: 'ended'; code: number | undefined; why: string };

/** The part of WebSocket that is used; tests have another one. */
export interface Socket {
  binaryType: string;
  readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface World {
  connect(query: URLSearchParams): Socket;
  /** Why the session cannot be attached to any more; nothing where it can be, or nobody knows. */
  diagnose(session: string | undefined): Promise<string | undefined>;
  now(): number;
  random(): number;
  after(ms: number, run: () => void): () => void;
}

export interface Screen {
  reset(): void;
  /** Draws bytes; `done` when they are drawn. */
  write(bytes: Uint8Array, done: () => void): void;
  state(state: LineState): void;
  session(session: string): void;
  notice(message: string): void;
}

type ServerMessage =
  | { type: 'attached'; session: string; offset: number; reset?: boolean; repaint?: number }
  | { type: 'exit'; code: number }
  | { type: 'notice' | 'error'; message: string };

/** The daemon's close code for a session that it does not know. */
const UNKNOWN_SESSION = 4404;

/** The daemon's close code when the sign-in was taken back. */
const SIGNED_OUT = 4401;

/** Bytes that may wait to be drawn. Beyond it the line is dropped until they are, then resumed. */
const FULL = 8 << 20;
const LOW = 1 << 20;

export class TerminalLine {
  session: string | undefined;
  #offset: number | undefined;
  #repaint = 0;
  #socket: Socket | undefined;
  #size = { cols: 80, rows: 24 };
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;
  #undrawn = 0;
  #full = false;
  #over = false;
  #refusal = '';

  constructor(
    private readonly world: World,
    private readonly screen: Screen,
    session?: string,
  ) {
    this.session = session;
  }

  /** Opens the line; a second call while it waits tries at once. */
  open(): void {
    if (this.#over || this.#socket) return;
    this.#cancelRetry?.();
    const query = new URLSearchParams({ cols: String(this.#size.cols), rows: String(this.#size.rows) });
    if (this.session) query.set('session', this.session);
    if (this.session && this.#offset !== undefined) query.set('offset', String(this.#offset));
    if (!this.#full) this.screen.state({ kind: 'connecting' });
    const socket = this.world.connect(query);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code }) => socket === this.#socket && void this.#broken(code);
  }

  input(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#isOpen()) return false;
    this.#socket?.send(bytes);
    return true;
  }

  resize(cols: number, rows: number): void {
    if (cols === this.#size.cols && rows === this.#size.rows) return;
    this.#size = { cols, rows };
    if (this.#isOpen()) this.#socket?.send(JSON.stringify({ type: 'resize', cols, rows }));
  }

  /** Leaves the shell running and lets go of it. */
  close(): void {
    this.#over = true;
    this.#cancelRetry?.();
    this.#drop();
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') this.#control(JSON.parse(data) as ServerMessage);
    else this.#draw(new Uint8Array(data as ArrayBuffer));
  }

  #control(message: ServerMessage): void {
    switch (message.type) {
      case 'attached':
        this.#attached(message);
        break;
      case 'exit':
        this.#end(message.code, '');
        break;
      case 'notice':
        this.screen.notice(message.message);
        break;
      case 'error':
        // The close that follows says whether it is worth another try.
        this.#refusal = message.message;
        break;
    }
  }

  #attached(message: { session: string; offset: number; reset?: boolean; repaint?: number }): void {
    this.#attempt = 0;
    this.#refusal = '';
    this.session = message.session;
    this.#offset = message.offset;
    this.#repaint = message.repaint ?? 0;
    this.#full = false;
    if (message.reset) this.screen.reset();
    this.screen.session(message.session);
    this.screen.state({ kind: 'open' });
    // The size may have changed while the line was being opened.
    this.#socket?.send(JSON.stringify({ type: 'resize', ...this.#size }));
  }

  #draw(bytes: Uint8Array): void {
    const painted = Math.min(this.#repaint, bytes.length);
    this.#repaint -= painted;
    this.#offset = (this.#offset ?? 0) + bytes.length - painted;
    this.#undrawn += bytes.length;
    this.screen.write(bytes, () => {
      this.#undrawn -= bytes.length;
      if (this.#full && this.#undrawn < LOW) this.open();
    });
    // A browser's socket cannot be told to wait. The agent keeps what is not fetched, so the line
    // is let go and taken up again where it was; half a repaint could not be, so that is drawn whole.
    if (this.#undrawn > FULL && this.#repaint === 0) {
      this.#full = true;
      this.#drop();
    }
  }

  #end(code: number | undefined, why: string): void {
    this.#over = true;
    this.#drop();
    this.screen.state({ kind: 'ended', code, why });
  }

  async #broken(code: number): Promise<void> {
    this.#socket = undefined;
    if (this.#over) return;
    if (code === UNKNOWN_SESSION) {
      this.#end(undefined, this.#refusal || 'The shell is gone: it ended, or the workspace was restarted.');
      return;
    }
    if (code === SIGNED_OUT) {
      this.#end(undefined, 'You are signed out. The shell goes on; sign in to come back to it.');
      return;
    }
    // A repaint that was cut off must come again from its beginning.
    if (this.#repaint > 0) this.#offset = undefined;
    this.#attempt += 1;
    const wait = backoff(this.#attempt, this.world.random());
    this.screen.state({
      kind: 'waiting',
      attempt: this.#attempt,
      retryAt: this.world.now() + wait,
      why: this.#refusal,
    });
    this.#cancelRetry = this.world.after(wait, () => this.open());
    const attempt = this.#attempt;
    const why = await this.world.diagnose(this.session).catch(() => undefined);
    const overtaken = this.#over || attempt !== this.#attempt || this.#isOpen();
    if (why !== undefined && !overtaken) this.#end(undefined, why);
  }
}
