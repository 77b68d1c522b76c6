// The whole story of a new user, on the real daemon, in the order in which it happens.
import { shoot } from '../lib/shots.mjs';
import { runAll } from '../lib/check.mjs';
import { Daemon } from '../lib/daemon.mjs';
import { arrive } from './arrive.mjs';
import { desktop } from './desktop.mjs';
import { disk } from './disk.mjs';
import { doors } from './doors.mjs';
import { live } from './live.mjs';
import { outlive } from './outlive.mjs';
import { phone } from './phone.mjs';
import { work } from './work.mjs';

const PARTS = { work, live, disk, doors, desktop, outlive, phone };

/** All of it, or its beginning and the one part `only` that needs no other. */
export async function story(only) {
  const bin = process.env.TOFT_BIN;
  if (!bin) {
    console.log('FAIL the story: set TOFT_BIN to the program under test');
    return { passed: 0, failed: 1 };
  }
  if (process.getuid() !== 0) {
    console.log('FAIL the story: it starts a real daemon, which needs root');
    return { passed: 0, failed: 1 };
  }
  const world = { daemon: await Daemon.create(bin), browser: undefined, page: undefined };
  arrive(world);
  for (const [name, part] of Object.entries(PARTS)) if (!only || only === name) part(world);
  try {
    return await runAll({
      stopAtFirst: true,
      timeoutMs: 120_000,
      onFailure: async () => {
        console.log(`     the daemon said last:\n${world.daemon.output.slice(-6000)}`);
        if (world.page) await shoot(world.page, 'failure').catch(() => undefined);
        if (world.desk) await shoot(world.desk, 'failure-desk').catch(() => undefined);
      },
    });
  } finally {
    await world.browser?.close();
    await world.daemon.remove().catch((error) => console.log(`while cleaning up: ${error}`));
  }
}
