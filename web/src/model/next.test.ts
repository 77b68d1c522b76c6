import { describe, expect, it } from 'vitest';
import { readNext, recallNext, rememberNext } from './next';

const STEP = '/api/toft/v1/authorize?host=web--dev--ada.toft.localhost:8443&path=%2Fx&state=0123456789';

describe('where a sign-in goes on to', () => {
  it('is the step that carries it to an app, and says whose', () => {
    expect(readNext(STEP)).toEqual({ path: STEP, host: 'web--dev--ada.toft.localhost:8443' });
    expect(readNext('/api/toft/v1/authorize?host=192.168.1.5%3A9700&state=0123456789')?.host).toBe(
      '192.168.1.5:9700',
    );
    expect(readNext('/api/toft/v1/authorize?host=%5B%3A%3A1%5D%3A9700&state=0123456789')?.host).toBe(
      '[::1]:9700',
    );
  });

  it('is nothing else', () => {
    for (const other of [
      null,
      '',
      '/',
      '/admin/users',
      '//evil.example/api/toft/v1/authorize?host=a',
      'https://evil.example/api/toft/v1/authorize?host=a',
      '/\\evil.example',
      '\\/api/toft/v1/authorize?host=a',
      '/api/toft/v1/authorize/../logout?host=a',
      '/api/toft/v1/authorize',
      '/api/toft/v1/authorize?path=/',
      '/api/toft/v1/authorize?host=a b',
      '/api/toft/v1/authorize?host=%3Cb%3E',
      '/api/toft/v1/authorize?host=a&x=\n',
      '/api/toft/v1/authorize?host=a\\b',
      `/api/toft/v1/authorize?host=a&path=${'x'.repeat(9000)}`,
      'javascript:alert(1)//api/toft/v1/authorize?host=a',
    ]) {
      expect(readNext(other), String(other)).toBeUndefined();
    }
  });

  it('is remembered once and for as long as the link is good', () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    } as unknown as Storage;
    const next = { path: STEP, host: 'web--dev--ada.toft.localhost:8443' };
    rememberNext(next, store, 0);
    expect(recallNext(store, 1000)).toEqual(next);
    expect(recallNext(store, 1000)).toBeUndefined();
    rememberNext(next, store, 0);
    expect(recallNext(store, 16 * 60_000)).toBeUndefined();
  });
});
