// `node run.mjs pages`: the interface against its stand-in daemon; needs `npm ci && npm run build` in web/.
// `TOFT_BIN=… node run.mjs story`: the whole story on a real daemon; needs root, Chromium and certutil.
// `TOFT_BIN=… node run.mjs hostile`: a workspace that wants to act as its visitor.
// `TOFT_BIN=… node run.mjs all`: all of them.
import { runAll } from './lib/check.mjs';

const [, , suite = 'all', only] = process.argv;

async function pages() {
  const { startMock } = await import('./lib/mock.mjs');
  const mock = await startMock();
  if (!only || only === 'weight') (await import('./pages/weight.mjs')).weight();
  if (!only || only === 'acts') (await import('./pages/acts.mjs')).acts(mock);
  if (!only || only === 'looks') (await import('./pages/looks.mjs')).looks(mock);
  try {
    return await runAll();
  } finally {
    mock.stop();
  }
}

const suites = {
  pages,
  story: async () => (await import('./story/story.mjs')).story(only),
  hostile: async () => (await import('./hostile/hostile.mjs')).hostile(),
};
const chosen = suite === 'all' ? Object.values(suites) : [suites[suite]];
if (chosen.includes(undefined)) {
  console.error(`there is no suite '${suite}': pages, story, hostile or all`);
  process.exit(2);
}
let passed = 0;
let failed = 0;
for (const run of chosen) {
  const counts = await run();
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
