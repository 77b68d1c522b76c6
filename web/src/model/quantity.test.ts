import { expect, it } from 'vitest';
import { formatBytes, formatCpu, parseQuantity } from './quantity';

it.each([
  ['500m', 0.5],
  ['2', 2],
  [2, 2],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['2Gi', 2 * 2 ** 30],
  ['100M', 1e8],
  ['1e3', 1000],
  ['1E', 1e18],
])('%s is read', (text, amount) => {
  expect(parseQuantity(text)).toBeCloseTo(amount);
});

it.each(['', 'two', '2 Gi', '-1', '1.2.3', '2gi', '5Zi'])('“%s” is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

it('bytes are told in the unit that fits', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(1536)).toBe('1.5 KiB');
  expect(formatBytes(2 * 2 ** 30)).toBe('2 GiB');
  expect(formatBytes(812_000_000)).toBe('774 MiB');
});

it('CPU is told in cores', () => {
  expect(formatCpu(1000)).toBe('1 core');
  expect(formatCpu(1500)).toBe('1.5 cores');
  expect(formatCpu(20)).toBe('0.02 cores');
  expect(formatCpu(0)).toBe('0 cores');
});
