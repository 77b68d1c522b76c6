// Debian's Chromium, with a profile of its own that goes afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 400, height: 800 };

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser whose trust comes from `home` alone. No certificate error is ever ignored. */
export async function startBrowser({ home, viewport = WIDE, colorScheme = 'light', touch = false } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'toft-e2e-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGS,
    viewport,
    colorScheme,
    hasTouch: touch,
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
    env: { ...process.env, ...(home ? { HOME: home } : {}) },
  });
  context.setDefaultTimeout(20_000);
  const close = async () => {
    await context.close().catch(() => undefined);
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** Collects what should not happen in a page: errors, refused styles and scripts. */
export function watchErrors(page) {
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy|Content-Security-Policy/.test(text)) errors.push(text);
  });
  return errors;
}
