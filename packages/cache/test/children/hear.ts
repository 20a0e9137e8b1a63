// Loaded before another script: somebody listens on every channel of its process.
import { channels } from '../../src/index.ts';

for (const channel of Object.values(channels)) channel.subscribe(() => {});
