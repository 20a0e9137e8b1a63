import type { Plugin } from 'vite';

/** Nothing is painted before the script has chosen the theme and drawn the frame of the page: no flash of another colour. */
export const blockRendering = (): Plugin => ({
  name: 'hotpath:block-rendering',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
});
