import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { mockDaemon } from './dev/mock.ts';
import { packed } from './dev/pack.ts';

export default defineConfig({
  plugins: [svelte(), mockDaemon(), packed()],
  build: {
    target: 'es2023',
    // The daemon serves /assets/ as immutable; small files stay files, because the
    // Content-Security-Policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ['src/**/*.test.ts'] },
});
