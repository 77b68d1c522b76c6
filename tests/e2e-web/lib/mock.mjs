// The pages alone: the built files and the stand-in daemon of web/dev.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually, Hopeless } from './check.mjs';

const web = fileURLToPath(new URL('../../../web/', import.meta.url));

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startMock() {
  const port = await freePort();
  const child = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'preview', '--host', '127.0.0.1', '--port', String(port), '--strictPort'], {
    cwd: web,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MOCK_STEP_MS: '300' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const url = `http://127.0.0.1:${port}`;
  await eventually('the mock daemon answers', async () => {
    if (child.exitCode !== null) throw new Hopeless(output);
    return (await fetch(url)).ok;
  });
  return {
    url,
    scene: (name) => fetch(`${url}/mock/${name}`, { method: 'POST' }),
    stop: () => child.kill(),
  };
}
