import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { packed } from './dev/pack.ts';

/** The page around a workspace's desktop. It is served from inside the workspace, apart from the interface. */
export default defineConfig({
  root: 'desktop',
  // Looked for below the root, unless it is named.
  plugins: [svelte({ configFile: '../svelte.config.js' }), packed()],
  build: {
    target: 'es2023',
    outDir: '../dist-desktop',
    emptyOutDir: true,
    // As for the interface: the Content-Security-Policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
