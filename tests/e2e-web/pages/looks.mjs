// Every page, wide and narrow, light and dark: nothing serious for axe, nothing sticks out, nothing is refused.
import { seriousFindings } from '../lib/axe.mjs';
import { PHONE, startBrowser, watchErrors, WIDE } from '../lib/browser.mjs';
import { equal, eventually, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';
import { catalogue, kept } from './catalogue.mjs';

const shapes = [
  { tag: '1280-light', viewport: WIDE, colorScheme: 'light' },
  { tag: '1280-dark', viewport: WIDE, colorScheme: 'dark' },
  { tag: '400-light', viewport: PHONE, colorScheme: 'light', touch: true },
  { tag: '400-dark', viewport: PHONE, colorScheme: 'dark', touch: true },
];

export function looks(mock) {
  for (const { tag, ...shape } of shapes) {
    test(`every page looks right at ${tag}`, () => inShape(mock, tag, shape), { timeoutMs: 240_000 });
  }
}

async function inShape(mock, tag, shape) {
  const { context, close } = await startBrowser(shape);
  const page = context.pages()[0];
  const errors = watchErrors(page);
  const wrong = [];
  try {
    for (const { name, scene, path, ready } of catalogue) {
      await mock.scene(scene);
      await page.goto(mock.url + path);
      await eventually(`${name} shows ${ready}`, async () => {
        const text = await page.evaluate(() => document.body.textContent);
        return typeof ready === 'string' ? text.includes(ready) : ready.test(text);
      });
      const findings = await seriousFindings(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      wrong.push(...findings.map((finding) => `${name}: ${finding}`));
      if (wide > 0) wrong.push(`${name} sticks out by ${wide} px`);
      wrong.push(...errors.splice(0).map((error) => `${name}: ${error}`));
      if (kept.has(name)) await shoot(page, `${name}-${tag}`);
    }
  } finally {
    await close();
  }
  equal(wrong, [], `what is wrong at ${tag}`);
}
