import { definePlugin } from '@hotpath/plugin-loader';

export default definePlugin({
  activate: ({ greeting = 'Hello' }) => ({
    commands: { greet: (name) => `${greeting}, ${name}!` },
  }),
});
