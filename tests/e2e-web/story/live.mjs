// Everything is there and moves by itself: logs, events, use, stop, start, delete.
import { seriousFindings } from '../lib/axe.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';
import { focusTerminal, runLine, waitForText } from '../lib/terminal.mjs';

const ROW = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });

export function live(world) {
  const act = (name, run, options) => test(name, () => run(world.page), options);

  act('every part of the workspace shows what it should', async (page) => {
    const tab = (name) => page.getByRole('tab', { name }).click();
    await tab('Logs');
    await eventually('log lines', async () => (await page.getByRole('log').innerText()).length > 0);
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
    const answer = await world.daemon.ask('POST', '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces', {
      apiVersion: 'toft.dev/v1alpha1',
      kind: 'Workspace',
      metadata: { name: 'made-elsewhere', namespace: 'admin', labels: { from: 'test' } },
      spec: { template: 'shell' },
    });
    equal(answer.status, 201, answer.text);
    await ROW(page, 'made-elsewhere').getByText('Running').waitFor({ timeout: 60_000 });
    await eventually('use in the list', async () => (await ROW(page, 'dev').getByTitle('Memory').count()) === 1);
    equal(await seriousFindings(page), [], 'what axe finds on the list');
    await shoot(page, 'story-8-list-1280');
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
