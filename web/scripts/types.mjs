// Writes src/api/schema.d.ts from the OpenAPI documents that the daemon serves and that its tests
// compare with crates/server/openapi. `--check` only says whether it is up to date.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import openapi, { astToString } from 'openapi-typescript';

const documents = new URL('../../crates/server/openapi/', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

/** `apis_toft.dev_v1alpha1.json` becomes `ApisToftDevV1alpha1`. */
const nameOf = (file) =>
  file
    .replace(/\.json$/, '')
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const parts = ['// Made by `npm run types` from crates/server/openapi. Do not edit.\n'];
for (const file of (await readdir(documents)).filter((name) => name.endsWith('.json')).sort()) {
  const text = astToString(await openapi(new URL(file, documents), { alphabetize: true }));
  parts.push(`export namespace ${nameOf(file)} {\n${text}\n}\n`);
}
const schema = parts.join('\n');

if (process.argv.includes('--check')) {
  const known = await readFile(target, 'utf8').catch(() => '');
  if (known !== schema) {
    console.error('src/api/schema.d.ts is out of date: run `npm run types` in web/');
    process.exit(1);
  }
} else {
  await writeFile(target, schema);
}
