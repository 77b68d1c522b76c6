/** CPU and memory of running workspaces: measured every few seconds while somebody looks. */
import { site, workspaces, type Ref } from '../api/client';
import type { UsageItem, UsagePoint } from '../api/types';

const EVERY_MS = 4000;
const KEPT = 60;
/** Above this, histories are gathered here and not asked for one by one. */
const SEEDED = 24;

class UsageFeed {
  latest = $state.raw<ReadonlyMap<string, UsageItem>>(new Map());
  history = $state.raw<ReadonlyMap<string, UsagePoint[]>>(new Map());
  #users = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seeded = new Set<string>();

  use(): () => void {
    this.#users += 1;
    if (this.#users === 1) void this.#tick();
    return () => {
      this.#users -= 1;
      if (this.#users === 0) clearTimeout(this.#timer);
    };
  }

  async #tick(): Promise<void> {
    clearTimeout(this.#timer);
    if (!document.hidden) await this.#measure().catch(() => undefined);
    if (this.#users > 0) this.#timer = setTimeout(() => void this.#tick(), EVERY_MS);
  }

  async #measure(): Promise<void> {
    const { items } = await site.usage();
    const history = new Map<string, UsagePoint[]>();
    for (const item of items) {
      const key = usageKey(item);
      history.set(key, [...(this.history.get(key) ?? []), point(item)].slice(-KEPT));
    }
    this.latest = new Map(items.map((item) => [usageKey(item), item]));
    this.history = history;
    const unseeded = items.filter((item) => !this.#seeded.has(usageKey(item)));
    await Promise.all(unseeded.slice(0, SEEDED).map((item) => this.#seed(item)));
  }

  async #seed(item: UsageItem): Promise<void> {
    const key = usageKey(item);
    this.#seeded.add(key);
    const found = await workspaces.usage(item).catch(() => undefined);
    if (!found?.history) return;
    const known = this.history.get(key) ?? [];
    const first = known[0]?.at ?? '';
    const older = found.history.filter((entry) => first === '' || entry.at < first);
    this.history = new Map(this.history).set(key, [...older, ...known].slice(-KEPT));
  }
}

function point({ at, cpuMilli, memoryBytes }: UsagePoint): UsagePoint {
  return { at, cpuMilli, memoryBytes };
}

export function usageKey({ namespace, name }: Ref): string {
  return `${namespace}/${name}`;
}

export const usage = new UsageFeed();
