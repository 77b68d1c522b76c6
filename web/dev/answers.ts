/** What the stand-in daemon answers beside resources: people, host, usage, files. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from './mock.ts';
import type { World } from './world.ts';

const GIB = 2 ** 30;
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

export const hostAnswer = {
  host: 'homelab',
  version: '0.1.0',
  instance: '3fa9c1',
  domain: 'toft.localhost',
  urls: ['https://toft.localhost:8443', 'https://192.168.1.20:8443'],
  capacity: { cpuMilli: 4000, memoryBytes: 16 * GIB, diskBytes: 400 * GIB },
  reserved: { cpuMilli: 1500, memoryBytes: 9 * GIB, diskBytes: 0 },
  free: { cpuMilli: 2500, memoryBytes: 7 * GIB, diskBytes: 212 * GIB },
};

const users = [
  { name: 'admin', role: 'admin', createdAt: ago(900_000) },
  { name: 'ada', role: 'member', createdAt: ago(40_000) },
];
const tokens = [
  {
    id: 't1',
    name: 'ci',
    user: 'admin',
    createdAt: ago(86_400 * 3),
    expiresAt: ago(-86_400 * 60),
    lastUsedAt: ago(1200),
  },
  {
    id: 't2',
    name: 'terraform',
    user: 'admin',
    createdAt: ago(86_400 * 40),
    expiresAt: null,
    lastUsedAt: null,
  },
];
const sessions = [
  {
    id: 's1',
    agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140',
    address: '192.168.1.7',
    createdAt: ago(9000),
    lastSeenAt: ago(2),
    expiresAt: ago(-90_000),
    current: true,
  },
  {
    id: 's2',
    agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19) Safari/605',
    address: '192.168.1.31',
    createdAt: ago(90_000),
    lastSeenAt: ago(7000),
    expiresAt: ago(-90_000),
    current: false,
  },
];
const checks = [
  {
    name: 'Kernel',
    verdict: 'ok',
    detail: 'Linux 6.18 has user namespaces, overlayfs and id-mapped mounts.',
    fix: null,
  },
  {
    name: 'Memory pressure',
    verdict: 'warn',
    detail: '/proc/pressure is absent, so pressure is not shown.',
    fix: 'Boot with psi=1 on the kernel’s command line.',
  },
  {
    name: 'DNS for the LAN',
    verdict: 'fail',
    detail: 'No record gives *.toft.lan to this host.',
    fix: '*.toft.lan. 300 IN A 192.168.1.20',
  },
  { name: 'OCI runtime', verdict: 'ok', detail: 'runc 1.1.5', fix: null },
];
const audit = [
  {
    at: ago(60),
    actor: 'admin',
    action: 'create',
    subject: 'workspaces/admin/dev',
    outcome: 'ok',
    from: '192.168.1.7',
  },
  {
    at: ago(3600),
    actor: 'ada',
    action: 'sign in',
    subject: 'users/ada',
    outcome: 'ok',
    from: '192.168.1.9',
  },
];

export function usageOf(name: string) {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const at = (index: number) => ({
    at: ago((59 - index) * 4),
    cpuMilli: Math.round(300 + 250 * Math.sin((index + seed) / 5) + 120 * Math.sin(index * 1.7)),
    memoryBytes: Math.round(GIB * (0.5 + 0.1 * Math.sin((index + seed) / 9) + index / 300)),
  });
  const history = Array.from({ length: 60 }, (_, index) => at(index));
  return {
    ...history.at(-1),
    cpuLimitMilli: 2000,
    memoryLimitBytes: 2 * GIB,
    pids: 14,
    pidsLimit: 1024,
    diskBytes: 3.2 * GIB,
    history,
  };
}

const me = { user: 'admin', role: 'admin', namespace: 'admin', via: 'session' };

export function own(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: string,
  world: World,
): void {
  const given = body.startsWith('{') ? (JSON.parse(body) as { name?: string }) : {};
  const answers: Record<string, unknown> = {
    me,
    login: me,
    host: hostAnswer,
    users:
      request.method === 'POST'
        ? { name: given.name, links: ['https://toft.localhost:8443/login?code=Q8…'] }
        : { items: users },
    'login-links': {
      links: ['https://toft.localhost:8443/login?code=Q8…', 'https://192.168.1.20:8443/login?code=Q8…'],
    },
    tokens:
      request.method === 'POST'
        ? { id: 't3', name: given.name, token: 'toft_5Yp0kq1wX7vB2nR9cT4mZ8' }
        : { items: tokens },
    doctor: { checks },
    sessions: { items: sessions },
    audit: { items: audit },
    'images/gc': { removed: [{ digest: 'sha256:00', bytes: 91_000_000 }] },
    usage: {
      items: [...world.objects.workspaces.values()].slice(0, 40).map(({ metadata }) => ({
        namespace: metadata.namespace,
        name: metadata.name,
        ...usageOf(metadata.name),
        at: ago(0),
        history: undefined,
      })),
    },
  };
  if (path === 'login' && body.includes('used')) {
    return json(response, 401, {
      title: 'Used',
      status: 401,
      detail: 'This link was used already, or is too old.',
      hint: 'Ask for a new one.',
    });
  }
  json(response, answers[path] === undefined ? 204 : 200, answers[path]);
}

const entries = [
  { name: 'projects', kind: 'dir', size: 4096, mode: 0o755, mtime: ago(4000) },
  { name: 'notes.md', kind: 'file', size: 18_231, mode: 0o644, mtime: ago(300) },
  {
    name: 'dataset-2026-with-a-really-long-file-name-that-does-not-fit.parquet',
    kind: 'file',
    size: 812_000_000,
    mode: 0o644,
    mtime: ago(90_000),
  },
  { name: 'latest', kind: 'symlink', size: 8, mode: 0o777, mtime: ago(900), target: 'projects/site' },
  { name: '.bashrc', kind: 'file', size: 3526, mode: 0o644, mtime: ago(900_000) },
];

export function fileAnswer(request: IncomingMessage, response: ServerResponse, url: URL): void {
  const path = url.searchParams.get('path') ?? '';
  const name = path.split('/').at(-1) ?? '';
  if (request.method === 'PUT' || url.searchParams.get('op') === 'mkdir') {
    entries.push({
      name,
      kind: request.method === 'PUT' ? 'file' : 'dir',
      size: 12,
      mode: 0o644,
      mtime: ago(0),
    });
    return json(response, 201);
  }
  if (request.method === 'DELETE') {
    const at = entries.findIndex((entry) => entry.name === name);
    if (at >= 0) entries.splice(at, 1);
    return json(response, 204);
  }
  json(response, 200, { entries: path === '.' || path === '' ? entries : [] });
}
