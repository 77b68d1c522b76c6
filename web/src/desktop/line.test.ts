import { describe, expect, it } from 'vitest';
import { DesktopLine, type Answer, type LineState, type Standing } from './line';

const running: Answer = {
  kind: 'standing',
  standing: { state: 'running', title: 'Desktop', resolution: 'follow' },
};
const ended: Answer = {
  kind: 'standing',
  standing: { state: 'ended', why: 'You logged out.', title: 'Desktop', resolution: 'follow' },
};
const starting: Answer = {
  kind: 'standing',
  standing: { state: 'starting', title: 'Desktop', resolution: 'follow' },
};

interface Visited {
  standing: Standing;
  open: () => void;
  broken: () => void;
  closed: boolean;
}

/** A line whose answers, connections and timers the test holds in its hand. */
function desktop(...answers: Answer[]) {
  const states: LineState[] = [];
  const asked: boolean[] = [];
  const timers: { run: () => void; cancelled: boolean }[] = [];
  const visits: Visited[] = [];
  const line = new DesktopLine(
    {
      ask: (start) => {
        asked.push(start);
        return Promise.resolve(answers.length > 1 ? (answers.shift() as Answer) : (answers[0] as Answer));
      },
      connect: (standing, on) => {
        const visit = { standing, ...on, closed: false };
        visits.push(visit);
        return { close: () => (visit.closed = true) };
      },
      now: () => 1000,
      random: () => 1,
      after: (_ms, run) => {
        const timer = { run, cancelled: false };
        timers.push(timer);
        return () => (timer.cancelled = true);
      },
    },
    (state) => states.push(state),
  );
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const kinds = () => states.map((state) => state.kind);
  return { line, states, kinds, asked, timers, visits, settle, last: () => visits.at(-1) as Visited };
}

describe('a desktop’s line', () => {
  it('waits for a session that is starting, then connects', async () => {
    const d = desktop(starting, running);
    d.line.begin();
    await d.settle();
    expect(d.visits).toHaveLength(0);
    d.timers[0]?.run();
    await d.settle();
    d.last().open();
    expect(d.kinds()).toEqual(['connecting', 'open']);
  });

  it('asks at once after a break and comes back to the same session', async () => {
    const d = desktop(running);
    d.line.begin();
    await d.settle();
    d.last().open();
    d.last().broken();
    await d.settle();
    d.last().open();
    expect(d.visits).toHaveLength(2);
    expect(d.kinds()).toEqual(['connecting', 'open', 'connecting', 'open']);
    expect(d.asked).toEqual([false, false]);
  });

  it('waits longer and longer where nothing answers', async () => {
    const d = desktop(running, { kind: 'unreachable', why: 'Toft does not answer.' });
    d.line.begin();
    await d.settle();
    d.last().open();
    d.last().broken();
    await d.settle();
    d.timers.at(-1)?.run();
    await d.settle();
    const waits = d.states.filter((state) => state.kind === 'waiting').map((state) => state.retryAt);
    expect(waits).toHaveLength(2);
    expect(waits[1]).toBeGreaterThan(waits[0] as number);
  });

  it('does not hammer at a screen that breaks each time', async () => {
    const d = desktop(running);
    d.line.begin();
    await d.settle();
    d.last().broken();
    await d.settle();
    d.last().broken();
    await d.settle();
    expect(d.visits).toHaveLength(2);
    expect(d.kinds().at(-1)).toBe('waiting');
  });

  it('says that the session has ended, and starts another only when asked', async () => {
    const d = desktop(running, ended, running);
    d.line.begin();
    await d.settle();
    d.last().open();
    d.last().broken();
    await d.settle();
    expect(d.states.at(-1)).toEqual({ kind: 'ended', why: 'You logged out.' });
    expect(d.asked).toEqual([false, false]);
    d.line.begin(true);
    await d.settle();
    d.last().open();
    expect(d.asked).toEqual([false, false, true]);
    expect(d.kinds().at(-1)).toBe('open');
  });

  it('does not try again where one must sign in', async () => {
    const d = desktop({ kind: 'signed-out' });
    d.line.begin();
    await d.settle();
    expect(d.kinds()).toEqual(['connecting', 'signed-out']);
    expect(d.timers).toHaveLength(0);
  });

  it('lets nothing of an earlier try speak after a new one began', async () => {
    const d = desktop(running);
    d.line.begin();
    await d.settle();
    const old = d.last();
    d.line.begin();
    await d.settle();
    expect(old.closed).toBe(true);
    old.open();
    old.broken();
    expect(d.kinds()).toEqual(['connecting', 'connecting']);
  });
});
