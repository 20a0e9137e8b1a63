import { parseArgs } from 'node:util';
import { faultNames } from './faults.ts';
import { startUpstream } from './upstream.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    tokens: { type: 'string' },
    'first-token-ms': { type: 'string' },
    'between-tokens-ms': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  const faults = Object.entries(faultNames).map(([name, what]) => `  ${name.padEnd(22)}${what}`);
  console.log(`Loopback upstream speaking OpenAI's and Anthropic's protocols.

  node tests/upstream/main.ts [--port 9000] [--host 127.0.0.1] [--tokens 12] [--first-token-ms 0] [--between-tokens-ms 0]

Ask for a fault by the header "x-upstream-fault: NAME" or by the model name "fault:NAME"; parameters follow as in
"cut-stream?after=40&of=60". Faults:
${faults.join('\n')}`);
} else {
  const upstream = await startUpstream({
    port: Number(values.port),
    host: values.host,
    ...(values.tokens !== undefined && { tokens: Number(values.tokens) }),
    ...(values['first-token-ms'] !== undefined && { firstTokenMs: Number(values['first-token-ms']) }),
    ...(values['between-tokens-ms'] !== undefined && { betweenTokensMs: Number(values['between-tokens-ms']) }),
  });
  console.log(`Upstream listening on ${upstream.url} (OpenAI clients: ${upstream.openaiUrl})`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void upstream.close());
}
