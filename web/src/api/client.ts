/** Every call that the interface makes, by subject. */
import { request, requestJson } from './http';
import { readLines } from './lines';
import type {
  Answer,
  Body,
  AuditEntry,
  Check,
  FileEntry,
  Host,
  Me,
  Resource,
  ResourceList,
  TerminalInfo,
  Usage,
  UsageItem,
  Role,
  Sent,
  Snapshot,
  Workspace,
} from './types';

const GROUP = '/apis/toft.dev/v1alpha1';
const OWN = '/api/toft/v1';
const MERGE = 'application/merge-patch+json';
const enc = encodeURIComponent;

export interface Ref {
  namespace: string;
  name: string;
}

/** The path of a collection; of every owner where none is named. */
export function collectionPath(plural: string, namespace?: string): string {
  const base = plural === 'events' || plural === 'namespaces' ? '/api/v1' : GROUP;
  return namespace ? `${base}/namespaces/${enc(namespace)}/${plural}` : `${base}/${plural}`;
}

export function workspacePath({ namespace, name }: Ref, sub = ''): string {
  return `${collectionPath('workspaces', namespace)}/${enc(name)}${sub}`;
}

export const resources = {
  list: <T extends Resource>(path: string, signal?: AbortSignal) =>
    requestJson<ResourceList<T>>(path, signal ? { signal } : {}),

  async watch(path: string, version: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${enc(version)}`;
    const response = await request(`${path}?${query}`, { signal });
    return readLines(response.body ?? new Blob([]).stream());
  },
};

export const workspaces = {
  create: (workspace: Workspace) =>
    requestJson<Workspace>(collectionPath('workspaces', workspace.metadata.namespace), {
      method: 'POST',
      json: workspace,
    }),
  patch: (ref: Ref, patch: unknown) =>
    requestJson<Workspace>(workspacePath(ref), { method: 'PATCH', json: patch, contentType: MERGE }),
  power: (ref: Ref, running: boolean) => workspaces.patch(ref, { spec: { running } }),
  restart: (ref: Ref) =>
    workspaces.patch(ref, {
      spec: { running: true, lifecycle: { restartedAt: new Date().toISOString() } },
    }),
  /** Has its disk replaced by what a snapshot holds; `undefined` takes the wish back. */
  restore: (ref: Ref, snapshot: string | undefined) =>
    workspaces.patch(ref, {
      spec: { lifecycle: { restore: snapshot ? { snapshot, requestedAt: new Date().toISOString() } : null } },
    }),
  remove: (ref: Ref) => request(workspacePath(ref), { method: 'DELETE' }),
  open: (ref: Ref, app: string) =>
    requestJson<{ url: string }>(workspacePath(ref, '/open'), { method: 'POST', json: { app } }),
  usage: (ref: Ref, signal?: AbortSignal) =>
    requestJson<Usage>(workspacePath(ref, '/usage'), signal ? { signal } : {}),
  terminals: (ref: Ref) => requestJson<{ items: TerminalInfo[] }>(workspacePath(ref, '/terminals')),
  closeTerminal: (ref: Ref, session: string) =>
    request(workspacePath(ref, `/terminals/${enc(session)}`), { method: 'DELETE' }),
  async logs(ref: Ref, app: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = `follow=true&tail=2000${app ? `&app=${enc(app)}` : ''}`;
    const response = await request(workspacePath(ref, `/logs?${query}`), { signal });
    return response.body ?? new Blob([]).stream();
  },
};

export const snapshots = {
  take: (snapshot: Snapshot) =>
    requestJson<Snapshot>(collectionPath('snapshots', snapshot.metadata.namespace), {
      method: 'POST',
      json: snapshot,
    }),
  remove: ({ namespace, name }: Ref) =>
    request(`${collectionPath('snapshots', namespace)}/${enc(name)}`, { method: 'DELETE' }),
};

export const files = {
  url: (ref: Ref, path: string, op?: string) =>
    workspacePath(ref, `/files?path=${enc(path)}${op ? `&op=${op}` : ''}`),
  list: (ref: Ref, path: string) =>
    requestJson<{ entries: FileEntry[]; truncated?: boolean }>(files.url(ref, path, 'list')),
  async read(ref: Ref, path: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; version: string }> {
    const response = await request(files.url(ref, path), { signal });
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      version: response.headers.get('etag') ?? '',
    };
  },
  /** Replaces this version, or whatever is there where none is named; tells the new one. */
  async write(ref: Ref, path: string, text: string, version?: string): Promise<string> {
    const response = await request(files.url(ref, path), {
      method: 'PUT',
      body: text,
      contentType: 'application/octet-stream',
      ...(version ? { ifMatch: version } : {}),
    });
    return response.headers.get('etag') ?? '';
  },
  mkdir: (ref: Ref, path: string) => request(files.url(ref, path, 'mkdir'), { method: 'POST' }),
  rename: (ref: Ref, path: string, to: string) =>
    request(`${files.url(ref, path, 'rename')}&to=${enc(to)}`, { method: 'POST' }),
  remove: (ref: Ref, path: string, keepalive = false) =>
    request(files.url(ref, path), { method: 'DELETE', keepalive }),
};

export const images = {
  pull: (name: string) => request(`${GROUP}/images/${enc(name)}/pull`, { method: 'POST' }),
  remove: (name: string) => request(`${GROUP}/images/${enc(name)}`, { method: 'DELETE' }),
  collect: () =>
    requestJson<{ removed: { digest: string; bytes: number }[] }>(`${OWN}/images/gc`, { method: 'POST' }),
};

export const people = {
  me: () => requestJson<Me>(`${OWN}/me`),
  login: (code: string) =>
    requestJson<Me>(`${OWN}/login`, {
      method: 'POST',
      json: { code } satisfies Body<'/api/toft/v1/login', 'post'>,
    }),
  logout: () => request(`${OWN}/logout`, { method: 'POST' }),
  users: () => requestJson<Answer<'/api/toft/v1/users', 'get'>>(`${OWN}/users`),
  addUser: (name: string, role: Role) =>
    requestJson<Sent<Answer<'/api/toft/v1/users', 'post', 201>>>(`${OWN}/users`, {
      method: 'POST',
      json: { name, role } satisfies Body<'/api/toft/v1/users', 'post'>,
    }),
  link: (user: string) =>
    requestJson<Answer<'/api/toft/v1/login-links', 'post'>>(`${OWN}/login-links`, {
      method: 'POST',
      json: { user } satisfies Body<'/api/toft/v1/login-links', 'post'>,
    }),
  tokens: () => requestJson<Answer<'/api/toft/v1/tokens', 'get'>>(`${OWN}/tokens`),
  addToken: (name: string, expiresInSeconds: number | undefined) =>
    requestJson<Answer<'/api/toft/v1/tokens', 'post', 201>>(`${OWN}/tokens`, {
      method: 'POST',
      json: { name, ...(expiresInSeconds ? { expiresInSeconds } : {}) } satisfies Body<
        '/api/toft/v1/tokens',
        'post'
      >,
    }),
  sessions: () => requestJson<Answer<'/api/toft/v1/sessions', 'get'>>(`${OWN}/sessions`),
  endSession: (id: string) => request(`${OWN}/sessions/${enc(id)}`, { method: 'DELETE' }),
  revokeToken: (id: string) => request(`${OWN}/tokens/${enc(id)}`, { method: 'DELETE' }),
};

export const site = {
  host: () => requestJson<Host>(`${OWN}/host`),
  usage: (signal?: AbortSignal) =>
    requestJson<{ items: UsageItem[] }>(`${OWN}/usage`, signal ? { signal } : {}),
  doctor: () => requestJson<{ checks: Check[] }>(`${OWN}/doctor`),
  audit: () => requestJson<{ items: AuditEntry[] }>(`${OWN}/audit`),
  namespaces: () => requestJson<ResourceList<Resource>>('/api/v1/namespaces'),
  caPath: `${OWN}/ca.pem`,
};
