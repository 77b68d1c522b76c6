// What a browser must load before a terminal is opened.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { check, test } from '../lib/check.mjs';

const dist = fileURLToPath(new URL('../../../web/dist/', import.meta.url));
const MOST = 150_000;

export function weight() {
  test('at most 150 kB of script before a terminal is opened', async () => {
    const page = await readFile(`${dist}index.html`, 'utf8');
    const seen = new Set();
    const walk = async (path) => {
      if (seen.has(path)) return 0;
      seen.add(path);
      const source = await readFile(dist + path);
      let bytes = gzipSync(source).length;
      for (const [, next] of source.toString().matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) bytes += await walk(`assets/${next}`);
      return bytes;
    };
    let total = 0;
    for (const [, path] of page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)) total += await walk(path);
    check(total > 0, 'no script was found');
    check(total <= MOST, `${total} bytes`);
    console.log(`     ${total} bytes, gzip`);
    check(!/<script(?![^>]*src=)/.test(page) && !/style="/.test(page), 'something is inline');
  });
}
