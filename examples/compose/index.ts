import { answerCodec, createRouter, openaiCompatible, sim } from '@hotpath/ai-router';
import { createCache } from '@hotpath/cache';
import { memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';

await using cache = createCache({
  tiers: [{ store: memoryStore({ maxEntries: 100 }) }, { store: sqliteStore({ path: '.cache/answers.sqlite' }) }],
  codec: answerCodec,
});

await using router = createRouter({
  providers: [sim(), openaiCompatible({ id: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1' })],
  aliases: { fast: 'sim/sim-1' },
  cache,
});

for await (const text of router.stream({ model: 'fast', prompt: 'Say hello.' })) process.stdout.write(text);

const run = router.batchQuery(['One?', 'Two?', 'Three?'].map((prompt) => ({ model: 'fast', prompt })));
for await (const item of run) console.log(`\n${item.index}: ${item.ok ? item.result.text : item.error.message}`);
