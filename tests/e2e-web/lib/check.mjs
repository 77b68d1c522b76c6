// A small runner: tests in the order written, each bounded, one closing line.
const tests = [];
let bound = 60_000;

export function test(name, run, { timeoutMs } = {}) {
  tests.push({ name, run, timeoutMs });
}

/** Fails with `message` unless `truth` holds. */
export function check(truth, message) {
  if (!truth) throw new Error(message);
}

export function equal(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: found ${a}, wanted ${b}`);
}

/** What a probe throws when no waiting will help. */
export class Hopeless extends Error {}

/** Asks until `probe` answers with something true; fails with what it said last. */
export async function eventually(what, probe, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  let last;
  while (Date.now() < end) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${timeoutMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

/** Runs all tests declared so far and forgets them; returns how many passed and failed. */
export async function runAll({ onFailure, stopAtFirst = false, timeoutMs = bound } = {}) {
  bound = timeoutMs;
  let passed = 0;
  let failed = 0;
  const all = tests.splice(0);
  for (const [index, { name, run, timeoutMs: own }] of all.entries()) {
    const began = Date.now();
    try {
      await within(run(), own ?? bound, name);
      passed += 1;
      console.log(`ok   ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name} (${Date.now() - began} ms)\n     ${String(error?.stack ?? error).replaceAll('\n', '\n     ')}`);
      await onFailure?.(name, error);
      if (stopAtFirst) {
        const rest = all.length - index - 1;
        failed += rest;
        if (rest > 0) console.log(`FAIL ${rest} more: they follow from the one above`);
        break;
      }
    }
  }
  return { passed, failed };
}

function within(work, ms, name) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`'${name}' did not end within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
