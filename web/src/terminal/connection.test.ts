import { describe, expect, it } from 'vitest';
import { TerminalLine, type LineState, type Socket } from './connection';

class FakeSocket implements Socket {
  binaryType = '';
  readyState = 1;
  onopen = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  sent: unknown[] = [];
  closed = false;
  constructor(readonly query: URLSearchParams) {}
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  attached(offset: number, extra: object = {}): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'attached', session: 's1', offset, ...extra }) });
  }
  output(text: string): void {
    this.onmessage?.({ data: new TextEncoder().encode(text).buffer });
  }
  break(code = 1006): void {
    this.onclose?.({ code, reason: '' });
  }
}

/** A terminal whose sockets, timers and drawing the test holds in its hand. */
function terminal(options: { gone?: string; drawn?: boolean; session?: string } = {}) {
  const sockets: FakeSocket[] = [];
  const states: LineState[] = [];
  const screen: string[] = [];
  const timers: (() => void)[] = [];
  const undrawn: (() => void)[] = [];
  const line = new TerminalLine(
    {
      connect: (query) => {
        const socket = new FakeSocket(query);
        sockets.push(socket);
        return socket;
      },
      diagnose: async () => options.gone,
      now: () => 0,
      random: () => 1,
      after: (_ms, run) => {
        timers.push(run);
        return () => undefined;
      },
    },
    {
      reset: () => screen.push('<reset>'),
      write: (bytes, done) => {
        screen.push(bytes.length > 100 ? `<${bytes.length}>` : new TextDecoder().decode(bytes));
        if (options.drawn === false) undrawn.push(done);
        else done();
      },
      state: (state) => states.push(state),
      session: () => undefined,
      notice: (message) => screen.push(`<${message}>`),
    },
    options.session,
  );
  const last = () => sockets.at(-1) as FakeSocket;
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { line, sockets, last, states, screen, timers, undrawn, settle };
}

describe('a terminal’s line', () => {
  it('opens a new session, then takes it up again where it broke', async () => {
    const { line, last, timers, settle, screen } = terminal();
    line.open();
    expect(last().query.get('session')).toBeNull();
    last().attached(0, { reset: true });
    last().output('hello ');
    last().output('ä');
    last().break();
    await settle();
    timers.shift()?.();
    expect(last().query.get('session')).toBe('s1');
    expect(last().query.get('offset')).toBe('8');
    last().attached(8);
    last().output('!');
    expect(screen.join('')).toBe('<reset>hello ä!');
  });

  it('does not count what only paints the screen', async () => {
    const { line, last, timers, settle } = terminal({ session: 's1' });
    line.open();
    expect(last().query.get('offset')).toBeNull();
    last().attached(1000, { reset: true, repaint: 5 });
    last().output('12345678');
    last().break();
    await settle();
    timers.shift()?.();
    expect(last().query.get('offset')).toBe('1003');
  });

  it('asks for the whole screen again when a repaint was cut off', async () => {
    const { line, last, timers, settle } = terminal();
    line.open();
    last().attached(1000, { reset: true, repaint: 50 });
    last().output('half');
    last().break();
    await settle();
    timers.shift()?.();
    expect(last().query.get('offset')).toBeNull();
  });

  it('ends on exit and does not come back', async () => {
    const { line, last, sockets, states, settle } = terminal();
    line.open();
    last().attached(0);
    last().onmessage?.({ data: '{"type":"exit","code":3}' });
    await settle();
    line.open();
    expect(states.at(-1)).toEqual({ kind: 'ended', code: 3, why: '' });
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['by its close code', 4404, undefined],
    ['by the list of sessions', 1006, 'The shell is gone.'],
  ])('learns %s that the shell is gone', async (_how, code, gone) => {
    const { line, last, states, settle } = terminal(gone ? { gone } : {});
    line.open();
    last().attached(0);
    last().break(code);
    await settle();
    expect(states.at(-1)?.kind).toBe('ended');
  });

  it('does not come back to a daemon that signed it out', async () => {
    const { line, last, states, timers, settle } = terminal();
    line.open();
    last().attached(0);
    last().break(4401);
    await settle();
    expect(states.at(-1)).toMatchObject({ kind: 'ended' });
    expect(timers).toHaveLength(0);
  });

  it('says what refused it, and tries again', async () => {
    const { line, last, states, timers, settle } = terminal();
    line.open();
    last().onmessage?.({ data: '{"type":"error","message":"The workspace is not running."}' });
    last().break(4503);
    await settle();
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', why: 'The workspace is not running.' });
    expect(timers).toHaveLength(1);
  });

  it('lets go when drawing falls behind, and resumes without loss', () => {
    const { line, last, sockets, undrawn, screen } = terminal({ drawn: false });
    line.open();
    last().attached(0);
    const flood = 9 << 20;
    last().output('x'.repeat(flood));
    expect(last().closed).toBe(true);
    expect(sockets).toHaveLength(1);
    undrawn.shift()?.();
    expect(sockets).toHaveLength(2);
    expect(last().query.get('offset')).toBe(String(flood));
    last().attached(flood);
    last().output('end');
    expect(screen).toEqual([`<${flood}>`, 'end']);
  });

  it('tells the size it has by then', () => {
    const { line, last } = terminal();
    line.open();
    last().readyState = 0;
    line.resize(120, 40);
    expect(last().sent).toEqual([]);
    last().readyState = 1;
    last().attached(0);
    expect(last().sent).toEqual(['{"type":"resize","cols":120,"rows":40}']);
  });
});
