// A workspace whose pages want to act as their visitor, on the real daemon, in a browser whose visitor is
// signed in: what the browser itself decides, and so cannot be tested below it. Each attack is tried from a
// page of the workspace, and each has its control: what an honest page of Toft's does, works.
import { readFile } from 'node:fs/promises';
import { startBrowser } from '../lib/browser.mjs';
import { check, equal, eventually, runAll, test } from '../lib/check.mjs';
import { Daemon } from '../lib/daemon.mjs';

const WORKSPACES = '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces';
const API = { apiVersion: 'toft.dev/v1alpha1' };

export async function hostile() {
  const world = { daemon: await Daemon.create(process.env.TOFT_BIN), workspaces: ['hostile'] };
  arrive(world);
  attacks(world);
  try {
    return await runAll({
      timeoutMs: 60_000,
      onFailure: () => console.log(`     the daemon said last:\n${world.daemon.output.slice(-3000)}`),
    });
  } finally {
    await world.browser?.close();
    await world.daemon.remove(world.workspaces).catch((error) => console.log(`while cleaning up: ${error}`));
  }
}

/** A visitor who is signed in, on the page of a workspace that wants to be them. */
function arrive(world) {
  test('a visitor is signed in and opens the hostile page', async () => {
    const { daemon } = world;
    await daemon.start();
    const trusted = await daemon.run('trust');
    equal(trusted.code, 0, trusted.output);
    await begin(daemon);
    world.browser = await startBrowser({ home: daemon.home });
    world.ui = world.browser.context.pages()[0];
    await world.ui.goto(await daemon.loginLink());
    await world.ui.getByRole('link', { name: 'hostile', exact: true }).waitFor();
    world.seen = [];
    world.page = await world.browser.context.newPage();
    world.page.on('response', (response) => world.seen.push(response));
    world.origin = `https://site--hostile--admin.toft.localhost:${daemon.port}`;
    await world.page.goto(`${world.origin}/`);
    await world.page.getByRole('heading', { name: 'hostile' }).waitFor();
  }, { timeoutMs: 300_000 });
}

async function begin(daemon) {
  const server = await readFile(new URL('server.pl', import.meta.url), 'utf8');
  const app = { name: 'site', title: 'Site', kind: 'web', port: 8080, command: ['perl', '-MIO::Socket::INET', '-e', server] };
  const spec = { title: 'Hostile', image: 'debian-shell', apps: [app] };
  const workspace = { template: 'hostile' };
  for (const [path, kind, of] of [
    ['/apis/toft.dev/v1alpha1/templates', 'Template', spec],
    [WORKSPACES, 'Workspace', workspace],
  ]) {
    const made = await daemon.ask('POST', path, { ...API, kind, metadata: { name: 'hostile' }, spec: of });
    equal(made.status, 201, made.text);
  }
  await eventually('the hostile workspace runs', async () => {
    const { status } = (await daemon.ask('GET', `${WORKSPACES}/hostile`)).json();
    return status.phase === 'Running' && status.apps?.some((one) => one.ready);
  }, 240_000);
}

function attacks(world) {
  const { daemon } = world;
  /** Runs script as the workspace's page does. */
  const there = (run, value) => world.page.evaluate(run, { ui: daemon.url, given: value });
  const tokens = async () => (await daemon.ask('GET', '/api/toft/v1/tokens')).json().items.length;

  test('the code of a sign-in is in no address, no referrer and no cache', async () => {
    const callback = world.seen.find((response) => response.url().includes('/.toft/callback'));
    check(callback, 'the sign-in did not come by the callback');
    const headers = await callback.allHeaders();
    check(/no-store/.test(headers['cache-control']), `the callback may be kept: ${headers['cache-control']}`);
    const known = await there(() => [location.href, document.referrer, JSON.stringify(performance.getEntries())]);
    const code = new URL(callback.url()).searchParams.get('code');
    check(code && !known.some((text) => text.includes(code)), `the page knows the code: ${known}`);
  });

  test('a page of a workspace reads nothing of the API and changes nothing', async () => {
    const before = await tokens();
    const got = await there(async ({ ui }) => {
      const ask = (path, init) => fetch(ui + path, { credentials: 'include', ...init }).then((a) => a.type + a.status, () => 'refused');
      return [
        await ask('/api/toft/v1/me'),
        await ask('/api/toft/v1/tokens', { method: 'POST', body: '{"name":"stolen"}', mode: 'no-cors' }),
        await ask('/api/toft/v1/tokens', { method: 'POST', body: '{"name":"stolen"}', headers: { 'content-type': 'application/json' } }),
      ];
    });
    equal([got[0], got[2]], ['refused', 'refused'], 'what it could read');
    equal(await tokens(), before, 'tokens after it tried to make one');
    const own = await world.ui.evaluate(() => fetch('/api/toft/v1/me').then((answer) => answer.status));
    equal(own, 200, 'the control: the UI reads it');
  });

  test('a form of a workspace page signs nobody out', async () => {
    const popup = world.browser.context.waitForEvent('page');
    await there(({ ui }) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: `${ui}/api/toft/v1/logout`, target: '_blank' });
      document.body.append(form);
      form.submit();
    });
    const opened = await popup;
    await opened.waitForLoadState();
    await opened.close();
    const own = await world.ui.evaluate(() => fetch('/api/toft/v1/me').then((answer) => answer.status));
    equal(own, 200, 'who the visitor is afterwards');
  });

  test('no WebSocket of the API opens from a page of a workspace', async () => {
    const open = ({ ui }) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${ui.replace('https', 'wss')}/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/hostile/terminal?cols=80&rows=24`);
        socket.onopen = () => resolve('opened');
        socket.onerror = () => resolve('refused');
      });
    equal(await there(open), 'refused', 'from the workspace');
    equal(await world.ui.evaluate(open, { ui: daemon.url }), 'opened', 'the control: from the UI');
  });

  test('the UI is shown in no frame and has no opener', async () => {
    await there(({ ui }) => {
      const frame = document.createElement('iframe');
      frame.src = `${ui}/`;
      document.body.append(frame);
    });
    await eventually('the frame is refused', () => world.page.frames().some((frame) => frame.url().startsWith('chrome-error:')));
    const popup = world.browser.context.waitForEvent('page');
    await there(({ ui }) => { window.opened = window.open(`${ui}/`); });
    const opened = await popup;
    await opened.waitForLoadState();
    equal(await opened.evaluate(() => window.opener), null, 'what the UI knows of who opened it');
    await eventually('its opener has lost it', () => there(() => window.opened.closed));
    await opened.close();
  });

  test('a cookie of a workspace is none of the UI’s', async () => {
    await world.page.goto(`${world.origin}/toss`);
    await there(() => {
      document.cookie = '__Host-toft=scripted; Domain=toft.localhost; Path=/; Secure';
      document.cookie = '__Host-toft=scripted; Path=/; Secure';
    });
    const cookies = await world.browser.context.cookies([daemon.url, world.origin]);
    const ours = cookies.filter((cookie) => /^__host-toft$/i.test(cookie.name));
    check(ours.every((cookie) => !/forged|scripted/.test(cookie.value) && cookie.httpOnly), JSON.stringify(ours));
    check(!cookies.some((cookie) => cookie.name === 'tossed'), 'a cookie for the parent domain passed the gateway');
    check(cookies.some((cookie) => cookie.name === 'own'), 'the control: its own cookie is kept');
  });

  test('cookies that script sets for the parent domain neither sign in nor out', async () => {
    await there(() => {
      for (let index = 0; index < 10; index += 1) {
        document.cookie = `tossed${index}=${'x'.repeat(4000)}; Domain=toft.localhost; Path=/; Secure`;
      }
    });
    try {
      await eventually('the control: the browser sends them to the UI', async () => {
        const tossed = await world.browser.context.cookies(daemon.url);
        return tossed.some((cookie) => cookie.name === 'tossed9');
      });
      const own = await world.ui.evaluate(() => fetch('/api/toft/v1/me').then((answer) => answer.json()));
      equal(own.user, 'admin', 'who the visitor is');
    } finally {
      await world.browser.context.clearCookies({ name: /^tossed/ });
    }
  });

  test('a service worker of a workspace has its own origin and nothing else', async () => {
    const registered = await there(async ({ ui }) => {
      const at = (script, scope) =>
        navigator.serviceWorker.register(script, { scope }).then(() => 'registered', (error) => error.name);
      return [await at('/worker.js', `${ui}/`), await at(`${ui}/worker.js`, '/'), await at('/.toft/worker.js', '/.toft/'), await at('/worker.js', '/')];
    });
    equal(registered.slice(0, 2), ['SecurityError', 'SecurityError'], 'on the UI');
    check(registered[2] !== 'registered', 'a script below /.toft/ came from the workspace');
    equal(registered[3], 'registered', 'the control: on its own origin');
    await eventually('the worker has the page', () => there(() => navigator.serviceWorker.controller !== null));
    const visit = await world.browser.context.newPage();
    await visit.goto(`${daemon.url}/`);
    check(!(await visit.content()).includes('taken by the worker'), 'the worker answered for the UI');
    equal(await visit.evaluate(() => navigator.serviceWorker.controller), null, 'the worker of the UI');
    await visit.close();
    // It would answer for the attacks that follow, and hide what the UI answers.
    await there(() => navigator.serviceWorker.getRegistration().then((worker) => worker.unregister()));
    await world.page.goto(`${world.origin}/`);
    equal(await there(() => navigator.serviceWorker.controller), null, 'the worker afterwards');
  });

  test('a file of a workspace is never a page of the UI', async () => {
    const html = '<!doctype html><title>owned</title><script>document.title = "owned " + document.cookie</script>';
    const put = await daemon.ask('PUT', `${WORKSPACES}/hostile/files?path=evil.html`, html);
    equal(put.status, 201, put.text);
    for (const op of ['read', 'tar']) {
      const downloading = world.ui.waitForEvent('download');
      await world.ui.goto(`${daemon.url}${WORKSPACES}/hostile/files?path=evil.html&op=${op}`).catch(() => undefined);
      await (await downloading).cancel();
    }
    for (const rest of ['logs', 'logs?app=site']) {
      const answer = await world.ui.goto(`${daemon.url}${WORKSPACES}/hostile/${rest}`);
      const headers = await answer.allHeaders();
      equal(headers['x-content-type-options'], 'nosniff', rest);
      check(headers['content-type'].startsWith('text/plain'), headers['content-type']);
    }
    const load = (page, source) =>
      page.evaluate((src) =>
        new Promise((resolve) => {
          const tag = document.createElement('script');
          Object.assign(tag, { src, onload: () => resolve('loaded'), onerror: () => resolve('refused') });
          document.head.append(tag);
        }), source);
    equal(await load(world.page, `${daemon.url}${WORKSPACES}/hostile/files?path=evil.html`), 'refused', 'a file as script of another page');
    equal(await load(world.page, `${world.origin}/worker.js`), 'loaded', 'the control: a script of its own');
  });
}
