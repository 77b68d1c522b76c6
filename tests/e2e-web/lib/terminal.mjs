// A terminal as a person sees it: what stands on its screen, and keys.
import { eventually } from './check.mjs';

/** The text of the terminal that has the keyboard, or else of the first that is shown. */
export async function screenOf(page) {
  return page.evaluate(() => {
    const focused = document.activeElement?.closest('.xterm')?.querySelector('.xterm-rows');
    const shown = focused ?? [...document.querySelectorAll('.xterm-rows')].find((rows) => rows.offsetParent !== null);
    return [...(shown?.children ?? [])].map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();
  });
}

export async function waitForText(page, wanted, timeoutMs = 20_000) {
  const holds = typeof wanted === 'string' ? (text) => text.includes(wanted) : (text) => wanted.test(text);
  let last = '';
  return eventually(`the terminal shows ${wanted}`, async () => {
    last = await screenOf(page);
    if (!holds(last)) throw new Error(`it shows:\n${last}`);
    return last;
  }, timeoutMs);
}

/** Puts the keyboard into the terminal that is shown. */
export async function focusTerminal(page) {
  await page.locator('.xterm:visible').first().click();
}

let marks = 0;

/** Types a line and waits until what it prints has come. Returns what it printed. */
export async function runLine(page, line, timeoutMs = 20_000) {
  marks += 1;
  const mark = `E${process.pid}x${marks}`;
  // The mark is put together by the shell, so that the echo of the line itself does not match it.
  await page.keyboard.type(`${line}; echo "<"${mark}">"`);
  await page.keyboard.press('Enter');
  const text = await waitForText(page, `<${mark}>`, timeoutMs);
  const lines = text.split('\n');
  const end = lines.findLastIndex((row) => row.includes(`<${mark}>`));
  const begin = lines.findLastIndex((row, index) => index < end && row.includes(mark));
  return lines.slice(begin + 1, end).join('\n').trim();
}
