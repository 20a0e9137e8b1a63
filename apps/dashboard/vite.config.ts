import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { blockRendering } from './build/block-rendering.ts';
import { precompress } from './build/precompress.ts';

/** Where a server answers `/api` during `npm run dev`: `node dev/fixture-server.ts`, or a gateway. */
const api = process.env.HOTPATH_DASHBOARD_API ?? 'http://127.0.0.1:4180';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The server decides below which path the files are.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': api } },
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined asset would be a `data:` URL, which the page's policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [blockRendering(), precompress()],
});
