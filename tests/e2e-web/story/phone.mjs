// The same on a phone: 400 pixels wide, by touch.
import { seriousFindings } from '../lib/axe.mjs';
import { PHONE, startBrowser, watchErrors } from '../lib/browser.mjs';
import { check, equal, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';
import { focusTerminal, runLine, waitForText } from '../lib/terminal.mjs';

export function phone(world) {
  test('on a phone: sign in, make a workspace, work in it, delete it', async () => {
    const { context, close } = await startBrowser({ home: world.daemon.home, viewport: PHONE, touch: true, colorScheme: 'dark' });
    const page = context.pages()[0];
    const errors = watchErrors(page);
    const looksRight = async (name) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(over <= 0, `${name} sticks out by ${over} px`);
      equal(await seriousFindings(page), [], `what axe finds on ${name}`);
      await shoot(page, `story-${name}-400`);
    };
    try {
      await page.goto(await world.daemon.loginLink());
      await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
      await looksRight('1-list');
      await page.getByRole('link', { name: 'New workspace' }).tap();
      await page.getByLabel('Name', { exact: true }).fill('phone');
      await page.getByText('Memory reserved').waitFor();
      await looksRight('2-new');
      await page.getByRole('button', { name: 'Create phone' }).tap();
      await waitForText(page, /[$#%>]/, 60_000);
      await focusTerminal(page);
      await page.keyboard.type('sleep 600');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Ctrl', exact: true }).tap();
      await page.keyboard.type('c');
      equal(await runLine(page, 'echo $?'), '130', 'what Ctrl C ended');
      await looksRight('3-terminal');
      await page.getByRole('tab', { name: 'Resources' }).tap();
      await page.getByRole('img', { name: /^CPU/ }).waitFor();
      await looksRight('4-resources');
      await page.getByRole('button', { name: 'More for phone' }).tap();
      await page.getByRole('menuitem', { name: 'Delete …' }).tap();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete phone' }).tap();
      await page.waitForURL(`${world.daemon.url}/`);
      await page.getByRole('link', { name: 'phone', exact: true }).waitFor({ state: 'detached', timeout: 60_000 });
      equal(errors, [], 'errors in the page');
    } finally {
      await close();
    }
  }, { timeoutMs: 240_000 });

  test('no page of the story had an error', async () => {
    equal(world.errors, [], 'errors');
  });
}
