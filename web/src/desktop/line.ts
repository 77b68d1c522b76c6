/**
 * The page's line to the screen. The session lives in the workspace; this asks where it stands,
 * keeps a connection to its screen, and makes a new one when it broke.
 *
 *   asking ──running──► connecting ──connected──► open
 *     │ ▲                    └────────broke─────────┤
 *     │ └──(at once, then with back-off)────────────┘
 *     ├──ended──► ended ──(the person asks)──► asking
 *     └──signed out──► signed out
 *
 * A break says nothing about the session: it is asked every time.
 */
import { backoff } from '../api/watch';

export interface Standing {
  state: 'starting' | 'running' | 'ended';
  why?: string;
  title: string;
  /** `follow`, or a size. */
  resolution: string;
}

export type Answer =
  { kind: 'standing'; standing: Standing } | { kind: 'signed-out' } | { kind: 'unreachable'; why: string };

export type LineState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  | { kind: 'waiting'; retryAt: number; why: string }
  | { kind: 'ended'; why: string }
  | { kind: 'signed-out' };

/** A connection to the screen that is on its way or there. */
export interface Visit {
  close(): void;
}

export interface World {
  ask(start: boolean): Promise<Answer>;
  connect(standing: Standing, on: { open: () => void; broken: () => void }): Visit;
  now(): number;
  random(): number;
  after(ms: number, run: () => void): () => void;
}

/** How long a desktop that is starting is left alone between two questions. */
const STARTING_MS = 200;

export class DesktopLine {
  #visit: Visit | undefined;
  #failures = 0;
  #cancel: (() => void) | undefined;
  #turn = 0;

  constructor(
    private readonly world: World,
    private readonly show: (state: LineState, standing: Standing | undefined) => void,
  ) {}

  /** Connects now, whatever was waited for; `start` has an ended session begin anew. */
  begin(start = false): void {
    this.#leave();
    this.show({ kind: 'connecting' }, undefined);
    void this.#ask(start);
  }

  close(): void {
    this.#leave();
  }

  #leave(): void {
    this.#turn += 1;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#visit?.close();
    this.#visit = undefined;
  }

  async #ask(start: boolean): Promise<void> {
    const turn = this.#turn;
    const answer = await this.world.ask(start);
    if (turn !== this.#turn) return;
    if (answer.kind === 'signed-out') return this.show({ kind: 'signed-out' }, undefined);
    if (answer.kind === 'unreachable') return this.#wait(answer.why);
    const { standing } = answer;
    if (standing.state === 'ended') {
      this.#failures = 0;
      return this.show({ kind: 'ended', why: standing.why ?? '' }, standing);
    }
    if (standing.state === 'starting') {
      this.#cancel = this.world.after(STARTING_MS, () => void this.#ask(false));
      return;
    }
    this.#connect(standing);
  }

  #connect(standing: Standing): void {
    const turn = this.#turn;
    this.#visit = this.world.connect(standing, {
      open: () => {
        if (turn !== this.#turn) return;
        this.#failures = 0;
        this.show({ kind: 'open' }, standing);
      },
      broken: () => {
        if (turn !== this.#turn) return;
        this.#leave();
        if (this.#failures > 0) return this.#wait('The connection to the screen breaks.');
        // Most often it is one hiccup, or the session has ended: asking tells.
        this.#failures = 1;
        this.show({ kind: 'connecting' }, standing);
        void this.#ask(false);
      },
    });
  }

  #wait(why: string): void {
    this.#failures += 1;
    const ms = backoff(this.#failures, this.world.random());
    this.show({ kind: 'waiting', retryAt: this.world.now() + ms, why }, undefined);
    this.#cancel = this.world.after(ms, () => void this.#ask(false));
  }
}
