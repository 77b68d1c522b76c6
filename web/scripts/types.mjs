// Writes src/api/schema/*.d.ts from the OpenAPI documents that the daemon serves and that its tests
// compare with crates/server/openapi. `--check` only says whether they are up to date.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import openapi, { astToString } from 'openapi-typescript';

const documents = new URL('../../crates/server/openapi/', import.meta.url);
const target = new URL('../src/api/schema/', import.meta.url);
const check = process.argv.includes('--check');

await mkdir(target, { recursive: true });
for (const file of (await readdir(documents)).filter((name) => name.endsWith('.json'))) {
  const made = astToString(
    await openapi(new URL(file, documents), { alphabetize: true, defaultNonNullable: false }),
  );
  const schema = `// Made by \`npm run types\` from crates/server/openapi/${file}. Do not edit.\n\n${made}`;
  const path = new URL(file.replace(/json$/, 'd.ts'), target);
  if (!check) {
    await writeFile(path, schema);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== schema) {
    console.error(`src/api/schema does not fit crates/server/openapi/${file}: run \`npm run types\` in web/`);
    process.exitCode = 1;
  }
}
