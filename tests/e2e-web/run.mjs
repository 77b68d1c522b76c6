// `node run.mjs pages`: the interface against its stand-in daemon; needs web/dist.
// `TOFT_BIN=… node run.mjs story`: the whole story on a real daemon; needs root.
import { runAll } from './lib/check.mjs';

const suite = process.argv[2] ?? 'pages';
let failed;
if (suite === 'pages') {
  const { startMock } = await import('./lib/mock.mjs');
  const mock = await startMock();
  const only = process.argv[3];
  if (!only || only === 'weight') (await import('./pages/weight.mjs')).weight();
  if (!only || only === 'acts') (await import('./pages/acts.mjs')).acts(mock);
  if (!only || only === 'looks') (await import('./pages/looks.mjs')).looks(mock);
  failed = await runAll();
  mock.stop();
} else if (suite === 'story') {
  const { story } = await import('./story/story.mjs');
  failed = await story();
} else {
  console.error(`there is no suite '${suite}': pages or story`);
  failed = 1;
}
process.exit(failed === 0 ? 0 : 1);
