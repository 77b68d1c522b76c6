// A daemon of the test's own: temporary data, loopback, gone afterwards.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, Hopeless } from './check.mjs';
import { freePort } from './mock.mjs';

/** Whether there is a process of this number. */
function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export class Daemon {
  #child;
  /** The process that took over from the one that was started. */
  #heir;
  #output = '';

  /** `bin` is the program under test. */
  static async create(bin) {
    const daemon = new Daemon();
    daemon.bin = bin;
    daemon.dir = await mkdtemp(join(tmpdir(), 'toft-e2e-'));
    daemon.home = await mkdtemp(join(tmpdir(), 'toft-e2e-home-'));
    daemon.port = await freePort();
    daemon.url = `https://toft.localhost:${daemon.port}`;
    return daemon;
  }

  get output() {
    return this.#output;
  }

  /** Starts it, as `up` for a person or as `serve` for a service, and waits until it answers. */
  async start(verb = 'serve', timeoutMs = 60_000) {
    const child = this.#spawn([verb, '--listen', `127.0.0.1:${this.port}`]);
    this.#child = child;
    child.stdout.setEncoding('utf8');
    let printed = '';
    child.stdout.on('data', (text) => (printed += text));
    child.stderr.on('data', (text) => (this.#output = (this.#output + text).slice(-50_000)));
    await eventually(`toft ${verb} answers`, async () => {
      if (child.exitCode !== null) throw new Hopeless(`it ended with ${child.exitCode}:\n${this.#output}`);
      const answer = await this.ask('GET', '/readyz');
      return answer.status === 200 && (verb !== 'up' || /code=/.test(printed));
    }, timeoutMs);
    return printed.split(/\s+/).filter((word) => word.startsWith('https://'));
  }

  #spawn(args, env = {}) {
    return spawn(this.bin, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: this.home, TOFT_DATA_DIR: this.dir, ...env },
    });
  }

  /** Runs a verb of the command line to its end. */
  async run(...args) {
    const child = this.#spawn(args);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const code = await new Promise((resolve) => child.on('close', resolve));
    clearTimeout(timer);
    return { code, output };
  }

  /** Asks over the local socket, which needs no sign-in. */
  ask(method, path, body) {
    return new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const asked = request(
        {
          socketPath: join(this.dir, 'toft.sock'),
          method,
          path,
          timeout: 20_000,
          headers: text ? { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } : {},
        },
        (answer) => {
          let found = '';
          answer.setEncoding('utf8');
          answer.on('data', (piece) => (found += piece));
          answer.on('end', () => resolve({ status: answer.statusCode, text: found, json: () => JSON.parse(found) }));
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(`${path}: no answer`)));
      asked.on('error', reject);
      asked.end(text);
    });
  }

  async loginLink() {
    const answer = await this.ask('POST', '/api/toft/v1/login-links', {});
    return answer.json().links[0];
  }

  /** The same by this machine's address: for whoever has no names. */
  async loginLinkByAddress() {
    return (await this.loginLink()).replace('//toft.localhost', '//127.0.0.1');
  }

  /** Asks it to give its place to a process of the same program; waits until that serves. */
  async handOver() {
    const before = await this.#serving();
    process.kill(before, 'SIGHUP');
    await eventually('another process serves', async () => (await this.#serving()) !== before && (await this.ask('GET', '/readyz')).status === 200, 60_000);
    this.#heir = await this.#serving();
  }

  async #serving() {
    return Number(await readFile(join(this.dir, 'lock'), 'utf8'));
  }

  /** SIGKILL: it gets no chance to say goodbye. */
  async kill() {
    await this.#end('SIGKILL');
  }

  async #end(signal) {
    const heir = this.#heir;
    if (heir) {
      this.#heir = undefined;
      process.kill(heir, signal);
      await eventually('the heir is gone', () => !exists(heir), 30_000);
    }
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill(signal);
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
  }

  /** Deletes its workspaces, takes the trust back, ends it and removes all that it made. */
  async remove(workspaces = ['dev', 'made-elsewhere', 'doors', 'desk', 'chosen', 'phone']) {
    try {
      await this.run('trust', '--undo');
      await this.run('delete', ...workspaces, '--wait=60');
    } finally {
      await this.#end('SIGTERM');
      await this.#end('SIGKILL');
      await this.run('purge', '--yes');
      await rm(this.dir, { recursive: true, force: true });
      await rm(this.home, { recursive: true, force: true });
    }
  }
}
