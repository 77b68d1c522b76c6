import { describe, expect, it } from 'vitest';
import { needOf, verdict } from './admit';
import { plainText } from './ansi';
import { ceiling, linePath, nearest } from './chart';
import { fit } from './fuzzy';
import { crumbs, fileNameProblem, joinPath, parentOf } from './paths';
import { duration, relativeTime } from './time';
import { toYaml } from './yaml';
import type { Host } from '../api/types';

describe('what a workspace would take', () => {
  const template = { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } };
  const room = (cpuMilli: number, memoryBytes: number) => ({ cpuMilli, memoryBytes, diskBytes: 0 });
  const host = { capacity: room(4000, 8 * 2 ** 30), free: room(1000, 2 * 2 ** 30) } as Host;

  it('is the template’s, unless a lower limit lowers it', () => {
    expect(needOf({}, template)).toEqual({ cpuMilli: 500, memoryBytes: 2 ** 30 });
    expect(needOf({ limits: { memory: '512Mi' } }, template).memoryBytes).toBe(512 * 2 ** 20);
    expect(needOf({ requests: { cpu: '3' } }, template).cpuMilli).toBe(3000);
  });

  it('fits now, later or never', () => {
    expect(verdict({ cpuMilli: 500, memoryBytes: 0 }, host).kind).toBe('now');
    expect(verdict({ cpuMilli: 2000, memoryBytes: 0 }, host).kind).toBe('later');
    expect(verdict({ cpuMilli: 0, memoryBytes: 9 * 2 ** 30 }, host).kind).toBe('never');
  });
});

it('YAML keeps text text', () => {
  const text = toYaml({
    kind: 'Workspace',
    metadata: { name: 'dev', labels: { on: 'yes', n: '1', empty: '' }, none: {} },
    list: ['a', { b: 1, c: [true, 'x: y'] }],
    gone: undefined,
  });
  expect(text).toBe(
    [
      'kind: Workspace',
      'metadata:',
      '  name: dev',
      '  labels:',
      '    "on": "yes"',
      '    "n": "1"',
      '    empty: ""',
      '  none: {}',
      'list:',
      '  - a',
      '  - b: 1',
      '    c:',
      '      - true',
      '      - "x: y"',
      '',
    ].join('\n'),
  );
});

it('paths begin at home or at the root', () => {
  expect(joinPath('', 'a')).toBe('a');
  expect(joinPath('/', 'etc')).toBe('/etc');
  expect(joinPath('a', 'b')).toBe('a/b');
  expect(crumbs('/etc/ssl').map(({ path }) => path)).toEqual(['/', '/etc', '/etc/ssl']);
  expect(crumbs('a/b').map(({ name }) => name)).toEqual(['Home', 'a', 'b']);
  expect(parentOf('a/b')).toBe('a');
  expect(parentOf('/etc')).toBe('/');
  expect(fileNameProblem('..')).toBeDefined();
  expect(fileNameProblem('a/b')).toBeDefined();
  expect(fileNameProblem('.bashrc')).toBeUndefined();
});

it('the palette finds words, beginnings and letters in order', () => {
  expect(fit('stop dev', 'Stop dev workspace')).toBeGreaterThan(fit('stop dev', 'Stop devil'.slice(0, 4)));
  expect(fit('img', 'Go to Images')).toBeGreaterThan(0);
  expect(fit('xyz', 'Go to Images')).toBe(0);
  expect(fit('', 'anything')).toBeGreaterThan(0);
});

it('logs lose their colours and keep their text', () => {
  expect(plainText('\u001b[32minfo\u001b[0m ä\r')).toBe('info ä');
  expect(plainText('\u001b]0;title\u0007text')).toBe('text');
});

it('times are told from now', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(relativeTime('2026-01-01T00:00:00Z', now)).toBe('now');
  expect(relativeTime('2025-12-31T23:57:00Z', now)).toBe('3 min. ago');
  expect(relativeTime('nonsense', now)).toBe('');
  expect(duration(140)).toBe('0.14 s');
  expect(duration(184_000)).toBe('3 min 4 s');
});

it('a chart’s line stays in its frame', () => {
  expect(linePath([], 1, 10, 10)).toBe('');
  const points = [0, 30, 40].map((at, index) => ({ at, value: index * 5 }));
  expect(linePath(points, 10, 100, 20)).toBe('M0 19L75 10L100 1');
  expect(linePath(points.slice(0, 1), 10, 100, 20)).toBe('M0 19L100 19');
  expect(nearest(points, 0.7)).toBe(1);
  expect(nearest([], 0.7)).toBe(0);
  expect(ceiling(130)).toBe(200);
  expect(ceiling(3 * 2 ** 30, true)).toBe(4 * 2 ** 30);
});
