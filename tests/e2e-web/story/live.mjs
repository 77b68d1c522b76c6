// Everything is there and moves by itself: logs, events, use, stop, start, delete.
import { seriousFindings } from '../lib/axe.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';
import { focusTerminal, runLine, waitForText } from '../lib/terminal.mjs';

const ROW = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });

const API = { apiVersion: 'toft.dev/v1alpha1' };

/** A web server in the Perl that every Debian has. */
const SERVER = `
  $| = 1;
  my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 5, ReuseAddr => 1) or die;
  print "hello listens\\n";
  while (my $client = $listener->accept) {
    while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/ }
    print "hello was asked\\n";
    print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 18\\r\\nConnection: close\\r\\n\\r\\nhello from inside\\n";
    close $client;
  }`;

const helloTemplate = {
  ...API,
  kind: 'Template',
  metadata: { name: 'hello' },
  spec: {
    title: 'Hello',
    description: 'A machine with a small web server.',
    image: 'debian-shell',
    apps: [
      { name: 'terminal', title: 'Terminal', kind: 'terminal' },
      { name: 'hello', title: 'Hello', kind: 'web', port: 8080, command: ['perl', '-MIO::Socket::INET', '-e', SERVER] },
    ],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  },
};

export function live(world) {
  const act = (name, run, options) => test(name, () => run(world.page), options);

  act('every part of the workspace shows what it should', async (page) => {
    const tab = (name) => page.getByRole('tab', { name }).click();
    await tab('Logs');
    await page.getByText('No log lines yet').waitFor();
    await tab('Activity');
    for (const reason of ['Created', 'Started', 'Ready']) await page.getByText(reason, { exact: true }).first().waitFor();
    await shoot(page, 'story-6-events-1280');
    await tab('Resources');
    await page.getByRole('img', { name: /^Memory: \d/ }).waitFor();
    await eventually('a second measurement', async () => ((await page.locator('figure.memory path.line').getAttribute('d')) ?? '').split('L').length > 2);
    equal(await seriousFindings(page), [], 'what axe finds on Resources');
    await shoot(page, 'story-7-resources-1280');
    await tab('Settings');
    check((await page.getByLabel('YAML', { exact: true }).innerText()).includes('kind: Workspace'), 'no YAML');
    equal(await seriousFindings(page), [], 'what axe finds on Settings');
  });

  act('what happens elsewhere appears here without a reload', async (page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Workspaces' }).first().click();
    await ROW(page, 'dev').getByText('Running').waitFor();
    for (const [path, object] of [
      ['templates', helloTemplate],
      ['namespaces/admin/workspaces', { ...API, kind: 'Workspace', metadata: { name: 'made-elsewhere', namespace: 'admin' }, spec: { template: 'hello' } }],
    ]) {
      const answer = await world.daemon.ask('POST', `/apis/toft.dev/v1alpha1/${path}`, object);
      equal(answer.status, 201, answer.text);
    }
    await ROW(page, 'made-elsewhere').getByText('Running').waitFor({ timeout: 60_000 });
    await eventually('use in the list', async () => (await ROW(page, 'dev').getByTitle('Memory').count()) === 1);
    equal(await seriousFindings(page), [], 'what axe finds on the list');
    await shoot(page, 'story-8-list-1280');
  });

  act('a web app opens in a tab and an origin of its own, signed in, and its log is followed', async (page) => {
    const opening = world.browser.context.waitForEvent('page');
    await page.getByRole('button', { name: 'Open Hello of made-elsewhere' }).click();
    const app = await opening;
    await app.getByText('hello from inside').waitFor();
    check(new URL(app.url()).host.startsWith('hello--made-elsewhere--admin.toft.localhost'), app.url());
    equal(await app.evaluate(() => window.opener), null, 'what the app knows of who opened it');
    await app.close();
    await page.getByRole('link', { name: 'made-elsewhere', exact: true }).click();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.getByLabel('Log of').selectOption({ label: 'Hello' });
    await page.getByRole('log').getByText('hello listens').waitFor();
    await page.getByRole('log').getByText('hello was asked').waitFor();
    await page.getByRole('link', { name: 'All workspaces' }).click();
  });

  act('a workspace is stopped and started from the list', async (page) => {
    await page.getByRole('button', { name: 'Stop made-elsewhere' }).click();
    await ROW(page, 'made-elsewhere').getByText('Stopped').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Start made-elsewhere' }).click();
    await ROW(page, 'made-elsewhere').getByText('Running').waitFor({ timeout: 60_000 });
  });

  act('a delete names what goes, and the row goes by itself', async (page) => {
    await page.getByRole('button', { name: 'More for made-elsewhere' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete made-elsewhere?' });
    await dialog.getByText('home').first().waitFor();
    equal(await seriousFindings(page), [], 'what axe finds in the dialog');
    await dialog.getByRole('button', { name: 'Delete made-elsewhere' }).click();
    await ROW(page, 'made-elsewhere').waitFor({ state: 'detached', timeout: 60_000 });
  });

  act('the other pages hold the truth', async (page) => {
    await page.goto(`${world.daemon.url}/images`);
    await page.getByText('Ready', { exact: true }).first().waitFor();
    for (const path of ['/templates', '/images', '/activity', '/tokens', '/admin/users', '/admin/host', '/admin/doctor']) {
      await page.goto(world.daemon.url + path);
      await eventually(`${path} has been read`, async () => (await page.locator('.skeleton').count()) === 0 && (await page.locator('h1').count()) === 1);
      equal(await page.locator('.notice.danger').allInnerTexts(), [], `what is wrong on ${path}`);
      equal(await seriousFindings(page), [], `what axe finds on ${path}`);
    }
    await shoot(page, 'story-9-doctor-1280');
  });

  act('a stopped workspace says so, keeps its home, and starts from its own page', async (page) => {
    await page.goto(`${world.daemon.url}/w/admin/dev`);
    await waitForText(page, /[$#%>]/);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('heading', { name: 'It is stopped' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await waitForText(page, /[$#%>]/, 60_000);
    await focusTerminal(page);
    equal(await runLine(page, 'tail -n 1 hello.txt'), 'inside', 'the home after a stop');
  });
}
