import { describe, expect, it } from 'vitest';
import { ApiError } from './http';
import { readLines } from './lines';
import type { Resource } from './types';
import { backoff, follow, type WatchSource } from './watch';

const object = (name: string, resourceVersion: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, resourceVersion },
});
const line = (type: string, name: string, version: string) =>
  JSON.stringify({ type, object: object(name, version) });

/** A daemon by script: each list and watch answers what stands next; the end stops the loop. */
function script(lists: Resource[][], watches: (string[] | Error)[]) {
  const stop = new AbortController();
  const asked: string[] = [];
  const seen: string[] = [];
  const source: WatchSource = {
    list: async () => {
      asked.push('list');
      return { metadata: { resourceVersion: '10' }, items: lists.shift() ?? [] };
    },
    watch: async (version) => {
      asked.push(`watch ${version}`);
      const next = watches.shift();
      if (watches.length === 0) stop.abort();
      if (next instanceof Error) throw next;
      return (async function* () {
        yield* next ?? [];
      })();
    },
    sleep: async (ms) => void asked.push(ms > 200 ? 'wait' : 'soon'),
    random: () => 0,
  };
  const sink = {
    replace: (items: Resource[]) => seen.push(`= ${items.map((item) => item.metadata.name).join(' ')}`),
    apply: (event: { type: string; object: Resource }) =>
      seen.push(`${event.type} ${event.object.metadata.name}`),
    live: () => seen.push('live'),
    broken: () => seen.push('broken'),
  };
  return { run: () => follow(source, sink, stop.signal), asked, seen };
}

describe('following a list', () => {
  it('goes on from the last version seen, bookmarks included', async () => {
    const { run, asked, seen } = script(
      [[object('a', '9')]],
      [[line('ADDED', 'b', '11'), line('BOOKMARK', '', '15')], [line('DELETED', 'a', '16')], []],
    );
    await run();
    expect(asked.filter((what) => what !== 'soon')).toEqual(['list', 'watch 10', 'watch 15', 'watch 16']);
    expect(seen.filter((what) => what !== 'live')).toEqual(['= a', 'ADDED b', 'DELETED a']);
  });

  it('lists again when its version is too old, told by an event or by an answer', async () => {
    const gone = JSON.stringify({ type: 'ERROR', object: { code: 410, metadata: {} } });
    const { run, asked } = script([[], [], []], [[gone], new ApiError(410, 'Expired', 'too old'), []]);
    await run();
    expect(asked.filter((what) => what === 'list')).toHaveLength(3);
  });

  it('keeps its version while the daemon is gone', async () => {
    const { run, asked, seen } = script([[]], [new Error('refused'), new Error('refused'), []]);
    await run();
    expect(asked.filter((what) => what.startsWith('watch'))).toEqual(['watch 10', 'watch 10', 'watch 10']);
    expect(seen.filter((what) => what === 'broken')).toHaveLength(2);
  });

  it('stops when nobody is signed in any more', async () => {
    const { run, asked } = script([[]], [new ApiError(401, 'Unauthorized', 'no'), [], []]);
    await run();
    expect(asked).toEqual(['list', 'watch 10']);
  });
});

it('waits grow, stay bounded and vary', () => {
  expect(backoff(1, 1)).toBe(300);
  expect(backoff(2, 0)).toBe(300);
  expect(backoff(50, 1)).toBe(10_000);
  expect(backoff(50, 0)).toBe(5000);
});

it('lines survive any cut, inside a character too', async () => {
  const bytes = new TextEncoder().encode('ä\n\nbé\nend');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, cut));
        controller.enqueue(bytes.slice(cut));
        controller.close();
      },
    });
    const lines: string[] = [];
    for await (const text of readLines(stream)) lines.push(text);
    expect(lines).toEqual(['ä', 'bé', 'end']);
  }
});
