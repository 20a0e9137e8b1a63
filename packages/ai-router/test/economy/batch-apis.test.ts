// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream } from '../../../../tests/upstream/index.ts';
import { anthropic } from '../../src/providers/anthropic.ts';
import { openai } from '../../src/providers/openai.ts';
import { testBatchApi } from '../../src/testing/batch-api.ts';

const upstream = await startUpstream();
const finish = (): void => upstream.finishBatches();

testBatchApi('OpenAI', {
  create: () => openai({ apiKey: 'key', baseUrl: upstream.openaiUrl }),
  model: 'gpt-4o-mini',
  finish,
});
testBatchApi('Anthropic', {
  create: () => anthropic({ apiKey: 'key', baseUrl: upstream.url }),
  model: 'claude-haiku-4-5',
  finish,
  dispose: () => upstream.close(),
});
