import { faultTable, type Trial } from './table.ts';

const shown = (trial: Trial | undefined, side: 'alone' | 'fallback'): string => trial?.[side] ?? '–';

/** The table as Markdown. */
export function renderTable(): string {
  const rows = faultTable.map(({ id, title, does, stream, whole }) => [
    id,
    title,
    does,
    shown(stream, 'alone'),
    shown(stream, 'fallback'),
    shown(whole, 'alone'),
    shown(whole, 'fallback'),
  ]);
  const lines = [
    ['', 'fault', 'what the gateway does', 'stream, alone', 'stream, fallback', 'whole, alone', 'whole, fallback'],
    ['---', '---', '---', '---', '---', '---', '---'],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `docs/guide/faults.md`: written from the table that the tests run, and compared with it by one of them. */
export const renderDocument = (): string => `# Faults

What a client of the gateway gets when a provider fails, in the sixteen ways of
[FailoverBench](https://github.com/failoverbench/failoverbench) 0.1. Each cell is tested with the official \`openai\` and
\`@anthropic-ai/sdk\` clients through a gateway on a real port, before loopback providers that fail on the wire: chat completions
and messages, with a fallback that speaks the same protocol and with one that speaks the other. \`npm test\` fails where this page
and what happens differ: it is written from the table that the tests run (\`tests/e2e/faults/table.ts\`).

${renderTable()}

- **pass**: the client has the whole answer (of S13, the provider's refusal).
- **safe**: it has an explicit error, in time. Nobody can do better where there is no other target.
- Neither a **partial** (rescued, but not as it should be) nor a **fail** (a hang, or a truncated answer that looks whole) is left.

For every cell this holds as well: at most six calls, never a tight loop, nothing left open at a provider, the next request is
answered, and model and usage are those that the provider which answered counted.

## What it takes

\`\`\`yaml
routes:
  smart:
    targets:
      - openai/gpt-5.1
      - { model: anthropic/claude-sonnet-5, continues: instructed }
    firstTokenMs: 15s # the default: how long a first token may take while another target is left
    stallMs: 20s # ... and each further one
\`\`\`

A stream that broke off is continued only by a target that can go on from a beginning: \`continues: prefill\` where the model
takes the beginning as its own last message (Claude up to 4.5 is known to), \`instructed\` where it has to be told. Without such a
target the client gets the error. The usage of a continued answer is that of the call that ended it.
`;
