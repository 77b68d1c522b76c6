/** Shells of the stand-in daemon: real ones of this machine, by util-linux' `script`, in the daemon's protocol. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import { WebSocketServer, type WebSocket } from 'ws';

interface Shell {
  session: string;
  path: string;
  child: ChildProcess;
  output: Buffer;
  clients: Set<WebSocket>;
  createdAt: string;
}

const shells = new Map<string, Shell>();

export function listTerminals(path: string) {
  const owner = path.replace(/\/terminals.*$/, '');
  const ended = path.split('/terminals/')[1];
  if (ended) shells.get(ended)?.child.kill();
  return [...shells.values()]
    .filter((shell) => shell.path === owner)
    .map(({ session, createdAt, clients }) => ({
      session,
      title: '',
      createdAt,
      attached: clients.size,
      alive: true,
    }));
}

export function attachTerminals(http: Server | Http2SecureServer): void {
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://toft');
    if (!url.pathname.endsWith('/terminal')) return;
    sockets.handleUpgrade(request, socket, head, (client) => attach(client, url));
  });
}

function attach(client: WebSocket, url: URL): void {
  const session = url.searchParams.get('session');
  const shell = (session ? shells.get(session) : undefined) ?? open(url.pathname.replace(/\/terminal$/, ''));
  const from = Number(url.searchParams.get('offset') ?? 0);
  client.send(
    JSON.stringify({ type: 'attached', session: shell.session, offset: from, reset: from === 0, repaint: 0 }),
  );
  client.send(shell.output.subarray(from));
  shell.clients.add(client);
  client.on('message', (data, binary) => binary && shell.child.stdin?.write(data as Buffer));
  client.on('close', () => shell.clients.delete(client));
}

function open(path: string): Shell {
  const child = spawn('script', ['-qfc', 'bash --norc', '/dev/null'], {
    cwd: '/tmp',
    env: {
      ...process.env,
      TERM: 'xterm-256color',
      PS1: '\\[\\e[1;32m\\]toft@dev\\[\\e[0m\\]:\\[\\e[1;34m\\]~\\[\\e[0m\\]$ ',
    },
  });
  const shell: Shell = {
    session: randomUUID(),
    path,
    child,
    output: Buffer.alloc(0),
    clients: new Set(),
    createdAt: new Date().toISOString(),
  };
  shells.set(shell.session, shell);
  child.stdout.on('data', (data: Buffer) => {
    shell.output = Buffer.concat([shell.output, data]);
    for (const client of shell.clients) client.send(data);
  });
  child.on('exit', (code) => {
    shells.delete(shell.session);
    for (const client of shell.clients) client.send(JSON.stringify({ type: 'exit', code: code ?? 0 }));
  });
  return shell;
}
