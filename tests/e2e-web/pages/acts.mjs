// What people do, with the keyboard and the pointer, against the stand-in daemon.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PHONE, startBrowser, watchErrors } from '../lib/browser.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { focusTerminal, runLine, screenOf, waitForText } from '../lib/terminal.mjs';

export function acts(mock) {
  const act = (name, scene, run, shape = {}) =>
    test(name, async () => {
      await mock.scene(scene);
      const { context, close } = await startBrowser(shape);
      const page = context.pages()[0];
      const errors = watchErrors(page);
      try {
        await page.goto(mock.url);
        await run(page, context);
        equal(errors, [], 'errors in the page');
      } finally {
        await close();
      }
    });

  act('a workspace is made with two keys, and shows its steps and then its terminal', 'empty', async (page) => {
    await page.getByText('Make your first workspace').waitFor();
    await page.keyboard.press('n');
    await page.getByLabel('Name', { exact: true }).waitFor();
    await page.getByText('Memory reserved').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').filter({ hasText: 'Sandbox' }).waitFor();
    await page.waitForURL('**/w/admin/shell');
    await focusTerminal(page);
    equal(await runLine(page, 'echo $((6*7))'), '42', 'what the shell answers');
  });

  act('a bad name is told while it is typed, a taken one too', 'full', async (page) => {
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
    await page.keyboard.press('n');
    const field = page.getByLabel('Name', { exact: true });
    await field.fill('Dev');
    await page.getByText('Use lower-case letters only.').waitFor();
    check(await page.getByRole('button', { name: /^Create/ }).isDisabled(), 'Create can be pressed');
    await field.fill('dev');
    await page.getByText('You already have a workspace “dev”.').waitFor();
    await field.fill('dev-2');
    await page.getByLabel('CPU at most').fill('lots');
    await page.getByText('Write it as “2” or “500m”').waitFor();
    await page.getByLabel('CPU at most').fill('');
    await page.getByLabel('Memory at most').fill('1Gi');
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Show the YAML' }).click();
    const yaml = await page.getByLabel('YAML', { exact: true }).innerText();
    check(yaml.includes('name: dev-2') && yaml.includes('timezone: Europe/Berlin') && yaml.includes('memory: "1Gi"'), yaml);
    await page.getByRole('button', { name: 'Copy YAML' }).click();
    equal(await page.evaluate(() => navigator.clipboard.readText()), yaml.endsWith('\n') ? yaml : `${yaml}\n`, 'the clipboard');
  });

  act('the palette stops a workspace, live, and the stop can be undone', 'full', async (page) => {
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('stop dev');
    await page.keyboard.press('Enter');
    const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'dev', exact: true }) });
    await row.getByText('Stopped').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.getByText('Running').waitFor();
  });

  act('keys lead everywhere', 'full', async (page) => {
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'broken', 'the focused row');
    await page.keyboard.press('/');
    await page.keyboard.type('thesis');
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.locator('main').focus();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL('**/images');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.waitForURL(`${mock.url}/`);
  });

  act('a delete names what goes, and can be let be', 'full', async (page) => {
    await page.getByRole('button', { name: 'More for old' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete old?' });
    await dialog.getByText('home').first().waitFor();
    await dialog.getByText('3.2 GiB').waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'old', exact: true }).waitFor();
    await page.getByRole('button', { name: 'More for old' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    await dialog.getByRole('button', { name: 'Delete old' }).click();
    await page.getByRole('link', { name: 'old', exact: true }).waitFor({ state: 'detached' });
  });

  act('files: a folder, an upload, a delete that is undone', 'full', async (page) => {
    await page.goto(`${mock.url}/w/admin/dev/files`);
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByLabel('Name', { exact: true }).fill('a/b');
    await page.getByText('A name cannot hold').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('papers');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'papers', exact: true }).waitFor();
    const file = join(tmpdir(), `toft-upload-${process.pid}.txt`);
    await writeFile(file, 'hello');
    await page.getByLabel('Files to upload').setInputFiles(file);
    const name = file.split('/').at(-1);
    await page.getByText(name).waitFor();
    await page.getByRole('button', { name: `More for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
    await page.getByRole('list', { name: 'Files', exact: true }).getByText(name).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('list', { name: 'Files', exact: true }).getByText(name).waitFor();
  });

  act('snapshots: one is taken and restored, and a delete says that they stay', 'full', async (page) => {
    await page.goto(`${mock.url}/w/admin/dev/snapshots`);
    await page.getByText('there is no room left for it').waitFor();
    await page.getByRole('button', { name: 'Take a snapshot' }).click();
    await page.getByLabel('Name', { exact: true }).fill('before-upgrade');
    await page.getByText('There is a snapshot “before-upgrade” already.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('by-hand');
    await page.keyboard.press('Enter');
    const row = (name) => page.getByRole('listitem').filter({ hasText: name });
    await row('by-hand').getByText('Pending').waitFor();
    await row('by-hand').getByText('Ready').waitFor();
    await page.getByRole('button', { name: 'More for snapshot large' }).click();
    check(await page.getByRole('menuitem', { name: 'Restore …' }).isDisabled(), 'a failed one can be restored');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'More for snapshot by-hand' }).click();
    await page.getByRole('menuitem', { name: 'Restore …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
    await row('by-hand').getByText('Restoring').waitFor();
    await row('by-hand').getByText('Ready').waitFor();
    await page.getByRole('button', { name: 'More for dev' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    await page.getByRole('dialog').getByText('its 5 snapshots').waitFor();
  });

  act('a terminal comes back after a reload, with its screen and its shell', 'full', async (page) => {
    await page.goto(`${mock.url}/w/admin/dev`);
    await waitForText(page, /[$#]/);
    await focusTerminal(page);
    await runLine(page, 'kept=here');
    await page.reload();
    await waitForText(page, 'kept=here');
    await focusTerminal(page);
    equal(await runLine(page, 'echo $kept'), 'here', 'the variable of the shell before');
    const styles = await page.evaluate(() => document.querySelectorAll('style').length);
    equal(styles, 0, 'style elements, which the policy refuses');
  });

  act('terminals: colours, a question before many lines, tabs, panes, search', 'full', async (page) => {
    await page.goto(`${mock.url}/w/admin/dev`);
    await waitForText(page, /[$#]/);
    await focusTerminal(page);
    await runLine(page, String.raw`printf '\e[38;2;10;200;30mgreen\e[0m \u00e4\u20ac\U1F600\n'`);
    const colour = await page.evaluate(
      () => [...document.querySelectorAll('.xterm-rows span')].filter((span) => span.textContent === 'green').map((span) => getComputedStyle(span).color)[0],
    );
    equal(colour, 'rgb(10, 200, 30)', 'the colour that was asked for');
    await page.evaluate(() => navigator.clipboard.writeText('echo one\necho two\n\necho three\necho four\necho five\necho six\n'));
    await page.keyboard.press('Control+Shift+V');
    await page.getByRole('dialog', { name: 'Paste 6 lines?' }).getByRole('button', { name: 'Cancel' }).click();
    check(!(await screenOf(page)).includes('three'), 'a refused paste was pasted');
    await page.getByRole('button', { name: 'New terminal' }).click();
    await eventually('a second terminal', async () => (await page.getByRole('button', { name: /^Close / }).count()) === 2);
    await waitForText(page, /[$#]/);
    await page.getByRole('button', { name: 'Split' }).click();
    await eventually('two panes', async () => (await page.locator('.xterm:visible').count()) === 2);
    await page.getByRole('group', { name: 'Terminals' }).getByRole('button', { pressed: false }).first().click();
    await waitForText(page, 'green');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByLabel('Find in the terminal').fill('green');
    await page.getByText(/\/[1-9]/).waitFor();
  });

  act('a phone has the keys that its keyboard lacks', 'full', async (page) => {
    await page.goto(`${mock.url}/w/admin/dev`);
    await waitForText(page, /[$#]/);
    await focusTerminal(page);
    await page.keyboard.type('sleep 600');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Ctrl', exact: true }).click();
    await page.keyboard.type('c');
    equal(await runLine(page, 'echo $?'), '130', 'the code of what Ctrl C ended');
    await page.getByRole('button', { name: 'Arrow up' }).click();
    await waitForText(page, /echo \$\?.*$/);
  }, { viewport: PHONE, touch: true });

  act('a token is shown once; who is signed out is told how to sign in', 'full', async (page) => {
    await page.goto(`${mock.url}/tokens`);
    await page.getByLabel('Name', { exact: true }).fill('robot');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByRole('dialog').getByText('toft_5Yp0').waitFor();
    await page.getByRole('button', { name: 'I have it' }).click();
    check(!(await page.content()).includes('toft_5Yp0'), 'the token is still in the page');
    await mock.scene('signed-out');
    await page.getByText('Sign in to Toft').waitFor();
    await page.goto(`${mock.url}/login?code=used`);
    await page.getByText('This link was used already').waitFor();
    check(!page.url().includes('code='), 'the code stays in the address');
    await page.goto(`${mock.url}/login?code=fresh`);
    await page.waitForURL(`${mock.url}/`);
    await page.getByText('Make your first workspace').waitFor();
    await mock.scene('full');
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
  });

  act('the list is told anew when the daemon has forgotten its version', 'full', async (page) => {
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
    await mock.scene('empty');
    await page.getByText('Make your first workspace').waitFor();
  });
}
