/** Terminal lines to the real daemon. */
import { workspacePath, workspaces, type Ref } from '../api/client';
import { ApiError } from '../api/http';
import type { Socket, World } from './connection';

export function daemonWorld(ref: Ref): World {
  return {
    connect(query) {
      const url = new URL(workspacePath(ref, '/terminal'), location.href);
      url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
      url.search = query.toString();
      return new WebSocket(url) as unknown as Socket;
    },
    diagnose: (session) => diagnose(ref, session),
    now: Date.now,
    random: Math.random,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** A socket says nothing about why it was refused; the list of sessions does. */
async function diagnose(ref: Ref, session: string | undefined): Promise<string | undefined> {
  try {
    const { items } = await workspaces.terminals(ref);
    if (session === undefined || items.some((item) => item.session === session)) return undefined;
    return 'The shell is gone: it ended, or the workspace was restarted.';
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? 'The workspace is gone.' : undefined;
  }
}
