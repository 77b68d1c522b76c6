import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';

// A run of the tests leaves the checkout as it was; `make browser PICTURES=1` renews those of the README.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = resolve(root, process.env.PICTURES ? 'docs/screenshots' : 'target/screenshots');

/** Keeps a picture of the page as it is. */
export async function shoot(page, name) {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
