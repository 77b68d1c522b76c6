// The daemon is killed under an open terminal: nothing that runs inside notices, nothing is lost.
import { check, equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';
import { focusTerminal, runLine, screenOf, waitForText } from '../lib/terminal.mjs';

const counted = (text) => [...text.matchAll(/^tick-(\d+)$/gm)].map(([, number]) => Number(number));

export function outlive(world) {
  test('a killed daemon comes back under an open terminal, which goes on', async () => {
    const { page, daemon } = world;
    const shell = await runLine(page, 'clear; echo $$');
    await page.keyboard.type('i=0; while sleep 0.1; do i=$((i+1)); echo tick-$i; done');
    await page.keyboard.press('Enter');
    await waitForText(page, 'tick-10');
    await daemon.kill();
    await page.locator('[data-line="waiting"], [data-line="connecting"]').waitFor();
    await shoot(page, 'story-10-reconnecting-1280');
    const before = Math.max(...counted(await screenOf(page)));
    await daemon.start('serve');
    await eventually('the ticks go on', async () => Math.max(...counted(await screenOf(page))) > before + 30, 60_000);
    await page.locator('[data-line]').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+c');
    await eventually('the loop ends', async () => /\^C/.test(await screenOf(page)));
    equal(await runLine(page, 'echo $$'), shell, 'the shell');
    await everyTick(page, before);
  }, { timeoutMs: 180_000 });

  test('a daemon that hands over leaves the open terminal where it was', async () => {
    const { page, daemon } = world;
    const shell = await runLine(page, 'clear; echo $$');
    await page.keyboard.type('i=0; while sleep 0.1; do i=$((i+1)); echo tick-$i; done');
    await page.keyboard.press('Enter');
    await waitForText(page, 'tick-5');
    await daemon.handOver();
    const before = Math.max(...counted(await screenOf(page)));
    await eventually('the ticks go on', async () => Math.max(...counted(await screenOf(page))) > before + 10, 60_000);
    await page.locator('[data-line]').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+c');
    await eventually('the loop ends', async () => /\^C/.test(await screenOf(page)));
    equal(await runLine(page, 'echo $$'), shell, 'the shell');
    await everyTick(page, before);
  }, { timeoutMs: 180_000 });

  test('the list is live again after the restart', async () => {
    const { page, daemon } = world;
    await page.getByRole('link', { name: 'All workspaces' }).click();
    await page.getByText('What you see may be old.').waitFor({ state: 'detached' });
    const answer = await daemon.ask('PATCH', '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/dev', { metadata: { labels: { seen: 'after' } } });
    equal(answer.status, 200, answer.text);
    await page.getByRole('link', { name: 'dev', exact: true }).click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByText('seen=after').first().waitFor();
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await focusTerminal(page);
  });
}

/** Reads back through the scrollback: each number once, in order, without a gap. */
async function everyTick(page, upTo) {
  const seen = new Set();
  await eventually('the first tick in the scrollback', async () => {
    const here = counted(await screenOf(page));
    for (const [index, number] of here.entries()) {
      check(index === 0 || number === here[index - 1] + 1, `after tick ${here[index - 1]} comes ${number}`);
      seen.add(number);
    }
    // By keys; the wheel is tried in its own test, and lost its events here now and then.
    await page.keyboard.press('Shift+PageUp');
    return seen.has(1);
  });
  for (let number = 1; number <= upTo; number += 1) check(seen.has(number), `tick ${number} is missing`);
}
