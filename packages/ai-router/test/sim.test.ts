import { sim } from '../src/providers/sim.ts';
import { testProvider } from '../src/testing/provider.ts';

testProvider('sim', { create: () => sim(), model: 'sim-1', embeddingModel: 'sim-1' });
testProvider('sim, at a pace', { create: () => sim({ latencyMs: 5, tokensPerSecond: 2000 }), model: 'sim-1' });
