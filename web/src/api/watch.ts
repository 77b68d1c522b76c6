/**
 * Keeps a list of objects true: list, then watch from the list's version, for as long as asked.
 *
 *   list ──► watch ──(events)──► watch …
 *     ▲        │ 410: too old        │ the stream ended: watch again from the last version seen
 *     └────────┘                     │ the daemon is gone: wait, longer each time, then watch again
 */
import type { Resource, ResourceList } from './types';
import { ApiError } from './http';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Resource & { code?: number; message?: string };
}

/** What the loop needs from the world; tests give it another one. */
export interface WatchSource {
  list(signal: AbortSignal): Promise<ResourceList<Resource>>;
  watch(resourceVersion: string, signal: AbortSignal): Promise<AsyncIterable<string>>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** Who wants to know. */
export interface WatchSink {
  replace(items: Resource[]): void;
  apply(event: WatchEvent): void;
  live(): void;
  broken(error: unknown): void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;

/** How long to wait before try number `attempt` (from 1): doubling, jittered, bounded. */
export function backoff(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + random / 2));
}

/** Runs until `signal` is aborted. */
export async function follow(source: WatchSource, sink: WatchSink, signal: AbortSignal): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await source.list(signal);
        version = list.metadata.resourceVersion ?? '0';
        sink.replace(list.items);
      }
      const lines = await source.watch(version, signal);
      sink.live();
      for await (const line of lines) {
        failures = 0;
        version = take(JSON.parse(line) as WatchEvent, sink) ?? version;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 410) {
        version = undefined;
        continue;
      }
      failures += 1;
      sink.broken(error);
      if (error instanceof ApiError && error.status === 401) return;
    }
    // A stream that ends by itself is reopened soon, and not in a tight circle.
    await source.sleep(backoff(Math.max(1, failures), source.random()), signal).catch(() => undefined);
  }
}

/** Hands one event on; returns the version that it brings the list to. */
function take(event: WatchEvent, sink: WatchSink): string | undefined {
  if (event.type === 'ERROR') {
    throw new ApiError(event.object.code ?? 500, 'Watch', event.object.message ?? 'The watch ended.');
  }
  if (event.type !== 'BOOKMARK') sink.apply(event);
  return event.object.metadata.resourceVersion;
}
