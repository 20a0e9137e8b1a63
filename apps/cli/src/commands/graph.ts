import { configFlag, defineCommand } from '../command.ts';
import { inputFlags, rootFlag } from '../workflows/flags.ts';

export const graph = defineCommand({
  name: 'graph',
  summary: 'Draw what waits for what in a workflow or run',
  argument: '<workflow|run>',
  flags: {
    format: { type: 'string', short: 'f', value: 'text|mermaid|dot', description: 'How it is drawn (default: text)' },
    output: { type: 'string', short: 'o', value: 'file', description: 'Where it goes (default: standard output)' },
    ...inputFlags,
    root: rootFlag,
    json: { type: 'boolean', description: 'Print steps and dependencies as one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath graph release-notes.yaml',
    'hotpath graph release-notes.yaml --format mermaid >> README.md',
    'hotpath graph 1f0c2a9b --format dot | dot -Tsvg > run.svg',
  ],
  async run({ flags, positionals }) {
    const { drawGraph } = await import('../workflows/draw-graph.ts');
    return drawGraph(positionals, flags);
  },
});
