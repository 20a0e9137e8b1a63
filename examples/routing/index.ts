import { createRouter, sim } from '@hotpath/ai-router';
import { countingModel } from './counting-model.ts';

// #region routes
await using router = createRouter({
  providers: [
    sim({ id: 'down', errorRate: 1 }),
    sim({ id: 'up' }),
    countingModel('breaking', { breaksAfter: 4 }),
    countingModel('steady'),
  ],
  routes: {
    // The second answers where the first fails.
    safe: { targets: ['down/sim-1', 'up/sim-1'] },
    // The second goes on where a stream of the first broke off.
    whole: { targets: ['breaking/count', { model: 'steady/count', continues: 'prefill' }] },
  },
  attempts: { backoffMs: 10 },
});
// #endregion routes

// #region fallback
const { text, provider } = await router.query({ model: 'safe', prompt: 'Say hello.' });
console.log(`${provider}: ${text}`);
// #endregion fallback

// #region continuation
let counted = '';
for await (const piece of router.stream({ model: 'whole', prompt: 'Count to ten.' })) counted += piece;
console.log(counted);
// #endregion continuation

// #region health
for (const { provider: id, counts, lastError } of router.health())
  console.log(`${id}: ${counts.succeeded} of ${counts.calls} calls succeeded`, lastError?.kind ?? '');
// #endregion health
