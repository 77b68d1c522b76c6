import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const folder = process.env.SHOTS ?? fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));

/** Keeps a picture of the page as it is. */
export async function shoot(page, name) {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
