/** The time, for what is told from now: ticks while somebody looks. */

const TICK_MS = 5000;
/** For what a person waits for. */
const FINE_TICK_MS = 500;

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, TICK_MS);
    document.addEventListener('visibilitychange', () => {
      this.now = Date.now();
    });
  }
}

export const clock = new Clock();

/** A clock of one's own that ticks finely until the returned function is called. */
export class FineClock {
  now = $state(Date.now());

  run(): () => void {
    this.now = Date.now();
    const timer = setInterval(() => (this.now = Date.now()), FINE_TICK_MS);
    return () => clearInterval(timer);
  }
}
