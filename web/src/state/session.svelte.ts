/** Who is signed in, and whose objects are looked at. */
import { people, site } from '../api/client';
import { ApiError, explain, onSignedOut } from '../api/http';
import type { Me } from '../api/types';

class Session {
  me = $state<Me>();
  state = $state<'unknown' | 'in' | 'out' | 'unreachable'>('unknown');
  trouble = $state('');
  /** Owners that can be looked at; more than one for an admin. */
  owners = $state<string[]>([]);
  /** The owner whose objects are shown; every owner's where empty. */
  owner = $state('');

  constructor() {
    onSignedOut(() => {
      if (this.state === 'in') this.state = 'out';
    });
  }

  get isAdmin(): boolean {
    return this.me?.role === 'admin';
  }

  /** The namespace to list; none for all. */
  get scope(): string | undefined {
    return this.owner === '' ? undefined : this.owner;
  }

  async load(): Promise<void> {
    try {
      this.enter(await people.me());
    } catch (error) {
      this.trouble = explain(error);
      this.state = error instanceof ApiError && error.status === 401 ? 'out' : 'unreachable';
    }
  }

  enter(me: Me): void {
    this.me = me;
    this.owner = me.namespace;
    this.owners = [me.namespace];
    this.state = 'in';
    void this.#loadOwners();
  }

  async signOut(): Promise<void> {
    await people.logout();
    location.assign('/');
  }

  async #loadOwners(): Promise<void> {
    const found = await site.namespaces().catch(() => undefined);
    if (!found) return;
    const names = found.items.map((item) => item.metadata.name);
    this.owners = [...new Set([this.owner, ...names])].filter(Boolean).sort();
  }
}

export const session = new Session();
