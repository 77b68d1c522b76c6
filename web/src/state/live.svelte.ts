/** Lists of objects that stay true while somebody looks at them. */
import { collectionPath, resources } from '../api/client';
import type { Image, Resource, Snapshot, Template, ToftEvent, Workspace } from '../api/types';
import { explain } from '../api/http';
import { follow, type WatchEvent, type WatchSink } from '../api/watch';

const keyOf = (object: Resource) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** How long a list stays followed after the last page that showed it has gone. */
const LINGER_MS = 20_000;

export class Live<T extends Resource> {
  items = $state.raw<T[]>([]);
  /** Whether the list has been read once. */
  loaded = $state(false);
  /** Why the list may be old; empty while it is true. */
  trouble = $state('');
  #objects = new Map<string, T>();
  #path: string;
  #users = 0;
  #stop: AbortController | undefined;
  #flush = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Follows the list until the returned function is called. */
  use(): () => void {
    this.#users += 1;
    this.#stop ??= this.#start();
    return () => {
      this.#users -= 1;
      setTimeout(() => {
        if (this.#users > 0) return;
        this.#stop?.abort();
        this.#stop = undefined;
      }, LINGER_MS);
    };
  }

  find(name: string, namespace?: string): T | undefined {
    return this.items.find(
      (item) => item.metadata.name === name && (!namespace || item.metadata.namespace === namespace),
    );
  }

  /** Puts in what a request has just answered, before the watch tells it. */
  put(object: T): void {
    const known = this.#objects.get(keyOf(object))?.metadata.resourceVersion;
    if (Number(known ?? 0) > Number(object.metadata.resourceVersion ?? Infinity)) return;
    this.#objects.set(keyOf(object), object);
    this.#publish();
  }

  #start(): AbortController {
    const stop = new AbortController();
    const sink: WatchSink = {
      replace: (items) => {
        this.#objects = new Map(items.map((item) => [keyOf(item), item as T]));
        this.#publish();
      },
      apply: (event) => this.#apply(event),
      live: () => {
        this.trouble = '';
      },
      broken: (error) => {
        this.trouble = explain(error);
      },
    };
    const source = {
      list: (signal: AbortSignal) => resources.list(this.#path, signal),
      watch: (version: string, signal: AbortSignal) => resources.watch(this.#path, version, signal),
      sleep,
      random: Math.random,
    };
    void follow(source, sink, stop.signal);
    return stop;
  }

  #apply(event: WatchEvent): void {
    const object = event.object as Resource as T;
    if (event.type === 'DELETED') this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), object);
    if (this.#flush) return;
    // Many events that arrive together are drawn once.
    this.#flush = true;
    queueMicrotask(() => this.#publish());
  }

  #publish(): void {
    this.#flush = false;
    this.items = [...this.#objects.values()];
    this.loaded = true;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
    // A page that is looked at again does not wait out its back-off.
    addEventListener('online', wake, { once: true });
  });
}

const lists = new Map<string, Live<Resource>>();

function list<T extends Resource>(plural: string, namespace?: string): Live<T> {
  const path = collectionPath(plural, namespace);
  const known = lists.get(path) ?? new Live<Resource>(path);
  lists.set(path, known);
  return known as unknown as Live<T>;
}

export const live = {
  workspaces: (namespace?: string) => list<Workspace>('workspaces', namespace),
  snapshots: (namespace?: string) => list<Snapshot>('snapshots', namespace),
  events: (namespace?: string) => list<ToftEvent>('events', namespace),
  templates: () => list<Template>('templates'),
  images: () => list<Image>('images'),
};
