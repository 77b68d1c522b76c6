// What a disk held is kept, brought back and made a workspace of, all from its page.
import { seriousFindings } from '../lib/axe.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';

const WORKSPACES = '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces';

export function disk(world) {
  let page;
  const inside = async (script, name = 'disk') => {
    const { code, output } = await world.daemon.run('exec', name, '--', 'sh', '-c', script);
    equal(code, 0, output);
    return output.trim();
  };
  const row = (name) => page.getByRole('listitem').filter({ hasText: name });
  const choose = async (name, what) => {
    await page.getByRole('button', { name: `More for snapshot ${name}` }).click();
    await page.getByRole('menuitem', { name: what }).click();
  };

  test('a snapshot is taken in the page, of a workspace that runs', async () => {
    const { code, output } = await world.daemon.run('create', 'disk', '--wait=60');
    equal(code, 0, output);
    await inside('echo one > kept');
    page = await world.browser.context.newPage();
    await page.goto(`${world.daemon.url}/w/admin/disk/snapshots`);
    await page.getByText('No snapshots yet').waitFor();
    await page.getByRole('button', { name: 'Take a snapshot' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take a snapshot of disk' });
    check(/^\d{8}-\d{6}$/.test(await dialog.getByLabel('Name').inputValue()), 'no name by time');
    await dialog.getByLabel('Name').fill('Not so');
    await dialog.getByText('Use lower-case letters only.').waitFor();
    await dialog.getByLabel('Name').fill('first');
    await dialog.getByLabel('Keep it').selectOption('for a week');
    equal(await seriousFindings(page), [], 'what axe finds in the dialog');
    await dialog.getByRole('button', { name: 'Take it' }).click();
    await row('first').getByText('Ready').waitFor();
    await row('first').getByText(/goes in \d/).waitFor();
    equal(await seriousFindings(page), [], 'what axe finds');
  }, { timeoutMs: 120_000 });

  test('it is restored, and what was there before is kept too', async () => {
    await inside('echo two > kept');
    await choose('first', 'Restore …');
    const dialog = page.getByRole('dialog', { name: 'Restore first?' });
    await dialog.getByText('It is stopped for that').waitFor();
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
    await eventually('it was restored', async () => {
      const { spec, status } = (await world.daemon.ask('GET', `${WORKSPACES}/disk`)).json();
      return spec.lifecycle.restore && status.restored && status.phase === 'Running';
    }, 60_000);
    equal(await inside('cat kept'), 'one', 'what the disk holds');
    await eventually('both are listed', async () => (await page.getByRole('button', { name: /^More for snapshot/ }).count()) === 2);
    await eventually('neither is restored any more', async () => (await page.getByText('Restoring', { exact: true }).count()) === 0);
    await shoot(page, 'story-11-snapshots-1280');
  }, { timeoutMs: 120_000 });

  test('its disk gets another limit in the page, while it runs', async () => {
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Disk at most').fill('lots');
    await page.getByText('memory and disk as “2Gi”').waitFor();
    await page.getByLabel('Disk at most').fill('3Gi');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('it holds at once').waitFor();
    await eventually('the limit holds', async () => {
      const { status } = (await world.daemon.ask('GET', `${WORKSPACES}/disk`)).json();
      return status.resources.limits.storage === '3Gi';
    });
    await page.getByRole('tab', { name: 'Snapshots' }).click();
  }, { timeoutMs: 60_000 });

  test('a workspace is made of it, and the snapshot outlives the one that it is of', async () => {
    await choose('first', 'New workspace from it …');
    const dialog = page.getByRole('dialog', { name: 'New workspace from first' });
    equal(await dialog.getByLabel('Name').inputValue(), 'disk-2', 'the name that is offered');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/w/admin/disk-2');
    await page.getByText('Running', { exact: true }).waitFor({ timeout: 60_000 });
    equal(await inside('cat kept', 'disk-2'), 'one', 'what the new one holds');
    const { code, output } = await world.daemon.run('delete', 'disk', 'disk-2', '--wait=60');
    equal(code, 0, output);
    await page.getByRole('link', { name: 'Snapshots', exact: true }).click();
    await row('first').getByText('disk, which is deleted').waitFor();
    await choose('first', 'Remove …');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove first' }).click();
    await row('first').waitFor({ state: 'detached' });
    await page.close();
  }, { timeoutMs: 120_000 });
}
