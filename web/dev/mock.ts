/**
 * A stand-in for the daemon, so that pages can be built and looked at without one: `npm run dev`,
 * or `npm run mock` for the built files under the daemon's own Content-Security-Policy.
 *
 * It keeps objects in memory and speaks as much of the API as the pages use. It checks nothing that
 * the daemon would check. `POST /mock/SCENE` (empty, full, many) begins anew in that state.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import type { Resource, Snapshot, Workspace } from '../src/api/types.ts';
import { fileAnswer, hostAnswer, usageOf, own } from './answers.ts';
import { attachTerminals, listTerminals } from './terminals.ts';
import { makeWorld, running, type Plural, type World } from './world.ts';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STEP_MS = Number(process.env['MOCK_STEP_MS'] ?? 400);

let world = makeWorld(process.env['MOCK_SCENE'] ?? 'full');
let signedIn = process.env['MOCK_SIGNED_OUT'] === undefined;

export function mockDaemon(): Plugin {
  const answer = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? '/', 'http://toft');
    if (!/^\/(apis?|mock)\//.test(url.pathname)) return next();
    void route(request, response, url).catch((error: unknown) =>
      json(response, 500, { detail: String(error) }),
    );
  };
  return {
    name: 'mock-daemon',
    configureServer(server) {
      server.middlewares.use(answer);
      if (server.httpServer) attachTerminals(server.httpServer);
    },
    configurePreviewServer(server) {
      server.middlewares.use((_request, response, next) => {
        response.setHeader('content-security-policy', CSP);
        next();
      });
      server.middlewares.use(answer);
      attachTerminals(server.httpServer);
    },
  };
}

export function json(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const body = await read(request);
  const parts = url.pathname.split('/').filter(Boolean);
  if (parts[0] === 'mock') {
    signedIn = parts[1] !== 'signed-out';
    for (const { tell } of world.listeners) tell('END', { apiVersion: '', kind: '', metadata: { name: '' } });
    world = makeWorld(parts[1] ?? '');
    return json(response, 204);
  }
  if (url.pathname.endsWith('/login')) signedIn = true;
  if (url.pathname.endsWith('/logout')) signedIn = false;
  if (!signedIn)
    return json(response, 401, { title: 'Not signed in', status: 401, detail: 'Nobody is signed in.' });
  if (parts[0] === 'api' && parts[1] === 'toft')
    return own(request, response, parts.slice(3).join('/'), body, world);
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const namespace = rest[0] === 'namespaces' && rest.length > 1 ? rest[1] : undefined;
  const [plural, name, sub] = namespace ? rest.slice(2) : rest;
  if (sub) return subresource(response, url, world.workspace(namespace ?? '', name ?? ''), sub, request);
  if (name) return one(request, response, plural as Plural, namespace ?? '', name, body);
  if (request.method === 'POST') return create(response, JSON.parse(body) as Workspace | Snapshot);
  if (url.searchParams.get('watch')) return watch(response, plural as Plural, namespace, url);
  const items = [...world.objects[plural as Plural].values()].filter(
    (item) => !namespace || item.metadata.namespace === namespace,
  );
  json(response, 200, { metadata: { resourceVersion: String(world.version) }, items });
}

function watch(response: ServerResponse, plural: Plural, namespace: string | undefined, url: URL): void {
  const from = Number(url.searchParams.get('resourceVersion'));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const tell = (type: string, object: Resource) => {
    if (type === 'END')
      response.end(JSON.stringify({ type: 'ERROR', object: { code: 410, metadata: {} } }) + '\n');
    else if (!namespace || object.metadata.namespace === namespace)
      response.write(JSON.stringify({ type, object }) + '\n');
  };
  for (const entry of world.log)
    if (entry.version > from && entry.plural === plural) tell(entry.type, entry.object);
  const listener = { plural, tell };
  const mine: World = world;
  mine.listeners.add(listener);
  response.on('close', () => mine.listeners.delete(listener));
}

function create(response: ServerResponse, object: Workspace | Snapshot): void {
  if (object.kind === 'Snapshot') {
    void world.take(object as Snapshot, STEP_MS);
    return json(response, 201, object);
  }
  const workspace = object as Workspace;
  if (world.workspace(workspace.metadata.namespace ?? '', workspace.metadata.name)) {
    const message = `workspaces "${workspace.metadata.name}" already exists`;
    return json(response, 409, { kind: 'Status', reason: 'AlreadyExists', message, code: 409 });
  }
  workspace.metadata.generation = 1;
  workspace.spec.running = true;
  workspace.status = { phase: 'Pending' };
  world.put('workspaces', workspace);
  world.tell(workspace, 'Created', `Made from template ${workspace.spec.template ?? 'shell'}.`);
  json(response, 201, workspace);
  void world.start(workspace, STEP_MS);
}

function one(
  request: IncomingMessage,
  response: ServerResponse,
  plural: Plural,
  namespace: string,
  name: string,
  body: string,
): void {
  const object = world.objects[plural].get(`${namespace}/${name}`) as Workspace | undefined;
  if (!object)
    return json(response, 404, {
      kind: 'Status',
      reason: 'NotFound',
      message: `${plural} "${name}" not found`,
    });
  if (request.method === 'DELETE') {
    object.metadata.deletionTimestamp = new Date().toISOString();
    world.put(plural, object);
    setTimeout(() => world.put(plural, object, 'DELETED'), STEP_MS);
  } else if (request.method === 'PATCH') {
    const before = object.spec.running !== false;
    const restored = object.spec.lifecycle?.restore?.requestedAt;
    merge(object, JSON.parse(body) as Record<string, unknown>);
    object.metadata.generation = (object.metadata.generation ?? 1) + 1;
    world.put(plural, object);
    if (!before && object.spec.running) void world.start(object, STEP_MS);
    if (before && object.spec.running === false) halt(object);
    if (restored !== object.spec.lifecycle?.restore?.requestedAt) void world.restore(object, STEP_MS);
  }
  json(response, 200, object);
}

function halt(workspace: Workspace): void {
  workspace.status = { ...running(), phase: 'Stopping', apps: [], conditions: [] };
  world.put('workspaces', workspace);
  setTimeout(() => {
    workspace.status = { phase: 'Stopped', conditions: [] };
    world.put('workspaces', workspace);
    world.tell(workspace, 'Stopped', 'Stopped by admin.');
  }, STEP_MS);
}

function merge(target: Record<string, unknown> | object, patch: Record<string, unknown>): void {
  const into = target as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(into, key);
    else if (typeof value === 'object') merge((into[key] ??= {}) as object, value as Record<string, unknown>);
    else into[key] = value;
  }
}

function subresource(
  response: ServerResponse,
  url: URL,
  workspace: Workspace | undefined,
  sub: string,
  request: IncomingMessage,
): void {
  if (sub === 'pull') return json(response, 202);
  if (!workspace)
    return json(response, 404, { kind: 'Status', reason: 'NotFound', message: 'workspace not found' });
  if (sub === 'usage') return json(response, 200, usageOf(workspace.metadata.name));
  if (sub === 'terminals')
    return json(response, request.method === 'DELETE' ? 204 : 200, { items: listTerminals(url.pathname) });
  if (sub === 'files') return fileAnswer(request, response, url);
  if (sub === 'open') return json(response, 200, { url: 'about:blank#opened' });
  if (sub === 'logs') {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (let line = 1; line <= 60; line += 1)
      response.write(
        `2026-11-21T10:00:${String(line % 60).padStart(2, '0')}Z \u001b[32minfo\u001b[0m agent: line ${line} of the log\n`,
      );
    return;
  }
  json(response, 200, hostAnswer);
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    request.on('end', () => resolve(text));
  });
}
