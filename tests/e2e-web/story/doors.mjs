// Ways into apps: by a port of its own for whoever came by an address, by a name for whoever came by one,
// and signed out. Two apps of one workspace try to get at each other and at the interface.
import { seriousFindings } from '../lib/axe.mjs';
import { startBrowser, watchErrors } from '../lib/browser.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';

const API = { apiVersion: 'toft.dev/v1alpha1' };

/** Says what it was sent; `/set` sets cookies of every kind. */
const server = (name, port) => `
  $| = 1;
  my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:${port}", Listen => 5, ReuseAddr => 1) or die;
  while (my $client = $listener->accept) {
    my ($head, $set) = ("", "");
    while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/; $head .= $line }
    if ($head =~ m{^GET /set}) {
      $set = join("", map { "Set-Cookie: $_\\r\\n" } "plain=${name}; Path=/", "hidden=${name}; Path=/; HttpOnly",
        "__Host-toft=stolen; Path=/; Secure; HttpOnly", "__Host-id=${name}; Path=/; Secure; HttpOnly");
    }
    $head =~ s/&/&amp;/g; $head =~ s/</&lt;/g;
    my $body = "<!doctype html><title>${name}</title><h1>this is ${name}</h1><pre>$head</pre>";
    print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n\${set}Content-Length: " . length($body) . "\\r\\nConnection: close\\r\\n\\r\\n$body";
    close $client;
  }`;

const template = {
  ...API,
  kind: 'Template',
  metadata: { name: 'doors' },
  spec: {
    title: 'Doors',
    description: 'A machine with two small web servers.',
    image: 'debian-shell',
    apps: [
      { name: 'one', title: 'One', kind: 'web', port: 8081, command: ['perl', '-MIO::Socket::INET', '-e', server('one', 8081)] },
      { name: 'two', title: 'Two', kind: 'web', port: 8082, command: ['perl', '-MIO::Socket::INET', '-e', server('two', 8082)] },
    ],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  },
};

const ROW = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });

/** The names of the cookies that an app's server was sent. */
async function sentTo(page, url) {
  await page.goto(url);
  const head = await page.locator('pre').innerText();
  const line = head.split('\n').find((line) => /^cookie:/i.test(line)) ?? 'cookie:';
  return line.replace(/^cookie: ?/i, '').split('; ').filter(Boolean).sort();
}

export function doors(world) {
  let visitor;
  let one;
  let two;
  const home = () => `https://127.0.0.1:${world.daemon.port}`;

  /** Opens an app by its button; answers where it opened. */
  async function open(title) {
    const opening = visitor.context.waitForEvent('page');
    await visitor.page.getByRole('button', { name: `Open ${title} of doors` }).click();
    const app = await opening;
    await app.getByText(`this is ${title.toLowerCase()}`).waitFor();
    return app;
  }

  test('by address, apps open at ports of their own, signed in', async () => {
    for (const [path, object] of [
      ['templates', template],
      ['namespaces/admin/workspaces', { ...API, kind: 'Workspace', metadata: { name: 'doors', namespace: 'admin' }, spec: { template: 'doors' } }],
    ]) {
      const answer = await world.daemon.ask('POST', `/apis/toft.dev/v1alpha1/${path}`, object);
      equal(answer.status, 201, answer.text);
    }
    visitor = await startBrowser({ home: world.daemon.home });
    visitor.page = visitor.context.pages()[0];
    const errors = watchErrors(visitor.page);
    await visitor.page.goto(await world.daemon.loginLinkByAddress());
    await ROW(visitor.page, 'doors').getByText('Running').waitFor({ timeout: 240_000 });
    await shoot(visitor.page, 'doors-1-list-by-address-1280');
    const [first, second] = [await open('One'), await open('Two')];
    [one, two] = [first, second].map((app) => new URL(app.url()).origin);
    for (const origin of [one, two]) check(/^https:\/\/127\.0\.0\.1:9[78]\d\d$/.test(origin), `an app at ${origin}`);
    check(one !== two, 'two apps at one origin');
    await shoot(first, 'doors-2-app-by-port-1280');
    await first.close();
    await second.close();
    equal(errors, [], 'what the page complained of');
  }, { timeoutMs: 300_000 });

  test('no app at a port is sent the cookies of another or of the interface', async () => {
    const app = await visitor.context.newPage();
    await app.goto(`${one}/set`);
    equal(await sentTo(app, one), ['__Host-id=one', 'hidden=one', 'plain=one'], 'what it set itself');
    equal(await app.evaluate(() => document.cookie), 'plain=one', 'what its scripts see');
    equal(await sentTo(app, two), [], 'what the other one is sent');
    await app.evaluate(() => {
      document.cookie = 'planted=two; Path=/; Secure';
      document.cookie = 'hidden=two; Path=/; Secure';
      document.cookie = '__Host-toft=two; Path=/; Secure';
    });
    equal(await sentTo(app, one), ['__Host-id=one', 'hidden=one', 'plain=one'], 'after another one planted some');
    await visitor.page.reload();
    await ROW(visitor.page, 'doors').getByText('Running').waitFor();
    await app.close();
  });

  test('the script of an app at a port cannot act on the interface or on another app', async () => {
    const app = await visitor.context.newPage();
    await app.goto(two);
    const tried = await app.evaluate(async ({ ui, neighbour }) => {
      const send = (url, options) =>
        fetch(url, { credentials: 'include', ...options }).then((answer) => `${answer.type} ${answer.status}`, () => 'refused');
      const socket = (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        });
      const body = '{"name":"stolen"}';
      const wss = ui.replace('https', 'wss');
      const path = '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces';
      return {
        read: await send(`${ui}/api/toft/v1/me`),
        json: await send(`${ui}/api/toft/v1/tokens`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        blind: (await send(`${ui}/api/toft/v1/tokens`, { method: 'POST', body, mode: 'no-cors' })).split(' ')[0],
        remove: await send(`${ui}${path}/doors`, { method: 'DELETE' }),
        terminal: await socket(`${wss}${path}/doors/terminal?cols=80&rows=24`),
        neighbour: await send(`${neighbour}/`),
      };
    }, { ui: home(), neighbour: one });
    equal(tried, { read: 'refused', json: 'refused', blind: 'opaque', remove: 'refused', terminal: 'refused', neighbour: 'refused' }, 'what it got');
    const answered = app.waitForEvent('response', (answer) => answer.url().startsWith(home()));
    await app.evaluate((ui) => {
      const form = document.body.appendChild(document.createElement('form'));
      Object.assign(form, { method: 'post', action: `${ui}/api/toft/v1/tokens`, enctype: 'text/plain' });
      form.appendChild(Object.assign(document.createElement('input'), { name: '{"name":"stolen","x":"', value: '"}' }));
      form.submit();
    }, home());
    equal((await answered).status(), 403, 'a form of its own');
    // A page that is closed while it goes elsewhere may never tell that it was.
    await app.waitForURL(`${home()}/api/toft/v1/tokens`);
    const tokens = await world.daemon.ask('GET', '/api/toft/v1/tokens');
    equal(tokens.json().items.map((token) => token.name), [], 'tokens');
    const terminals = await world.daemon.ask('GET', '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/doors/terminals');
    equal(terminals.json().items, [], 'terminals');
    await app.close();
  });

  test('whoever has names is sent from the port to the name', async () => {
    const app = await world.browser.context.newPage();
    await app.goto(`${one.replace('127.0.0.1', 'toft.localhost')}/deep?x=1`);
    await app.getByText('this is one').waitFor();
    equal(app.url(), `https://one--doors--admin.toft.localhost:${world.daemon.port}/deep?x=1`, 'where it went');
    await app.close();
  });

  test('signed out at an app, one signs in by a link in another tab and is back', async () => {
    const stranger = await startBrowser({ home: world.daemon.home });
    try {
      const page = stranger.context.pages()[0];
      await page.goto(`${one}/deep?x=1`);
      await page.getByText('After that you go on to').waitFor();
      check(page.url().startsWith(`${home()}/login?next=`), `it asks at ${page.url()}`);
      check((await page.locator('main').innerText()).includes(new URL(one).host), 'it does not say where one will go');
      equal(await seriousFindings(page), [], 'what axe finds');
      await shoot(page, 'doors-3-sign-in-for-an-app-1280');
      const other = await stranger.context.newPage();
      await other.goto(await world.daemon.loginLinkByAddress());
      await other.getByRole('heading', { name: 'Workspaces' }).waitFor();
      await page.getByText('this is one').waitFor();
      equal(page.url(), `${one}/deep?x=1`, 'where it ended');
    } finally {
      await stranger.close();
    }
  });

  test('signed out at an app, one signs in by a link in the same tab and is back', async () => {
    const stranger = await startBrowser({ home: world.daemon.home, viewport: { width: 400, height: 800 } });
    try {
      const page = stranger.context.pages()[0];
      const wanted = `https://two--doors--admin.toft.localhost:${world.daemon.port}/deep?x=2`;
      await page.goto(wanted);
      await page.getByText('After that you go on to').waitFor();
      await shoot(page, 'doors-4-sign-in-for-an-app-400');
      await page.goto(await world.daemon.loginLink());
      await page.getByText('this is two').waitFor();
      equal(page.url(), wanted, 'where it ended');
      await page.goto(`${world.daemon.url}/login?next=${encodeURIComponent('//evil.example/')}`);
      await page.getByRole('heading', { name: 'Workspaces' }).waitFor();
    } finally {
      await stranger.close();
    }
  });

  test('a stop closes the port, and a start opens the same again', async () => {
    await visitor.page.getByRole('button', { name: 'Stop doors' }).click();
    await ROW(visitor.page, 'doors').getByText('Stopped').waitFor({ timeout: 60_000 });
    const app = await visitor.context.newPage();
    await eventually('the port is closed', () => app.goto(one).then(() => false, (error) => /ERR_CONNECTION_REFUSED/.test(String(error))));
    await visitor.page.getByRole('button', { name: 'Start doors' }).click();
    await ROW(visitor.page, 'doors').getByText('Running').waitFor({ timeout: 60_000 });
    const again = await open('One');
    equal(new URL(again.url()).origin, one, 'the port after a start');
    await visitor.close();
  }, { timeoutMs: 240_000 });
}
