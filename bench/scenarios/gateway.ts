import { pinSelf } from '../harness/machine.ts';
import type { Scenario } from '../harness/scenario.ts';
import { requireWrk } from '../harness/wrk.ts';
import { direct, floor, type GatewayKind, hotpath, portkey } from '../peers/gateways.ts';
import { measureAnswers } from './gateway/answers.ts';
import { measureColdStart } from './gateway/cold-start.ts';
import { startStage } from './gateway/stage.ts';
import { measureStages } from './gateway/stages.ts';
import { measureStreams } from './gateway/streams.ts';

/** What a gateway costs: our own beside nothing, beside the least that Node can do, and beside a peer. */
export const scenario: Scenario = {
  title: 'Gateway: CPU per request, throughput, latency, streams, memory and start',
  run: async (options) => {
    requireWrk();
    const kinds: readonly GatewayKind[] = [direct, floor, portkey, hotpath(options.command)];
    if (options.machine.cores < 2)
      throw new Error('This bench needs two cores: one for the gateway, one for load and upstream.');
    const unknown = options.sides.filter((side) => !kinds.some((kind) => kind.name === side));
    if (unknown.length > 0)
      throw new Error(
        `No side is called ${unknown.join(', ')}. Choose from: ${kinds.map((kind) => kind.name).join(', ')}.`,
      );
    const chosen = kinds.filter((kind) => options.sides.length === 0 || options.sides.includes(kind.name));
    for (const kind of chosen) {
      options.log(`preparing ${kind.name}`);
      await kind.prepare();
    }
    pinSelf(1);
    const stage = await startStage(options);
    try {
      const answers = await measureAnswers(stage, chosen);
      const own = chosen.find((kind) => kind.name === 'hotpath');
      const stages = own ? await measureStages(stage, own) : { tables: [], rounds: {} };
      const streams = await measureStreams(stage, chosen);
      const starts = await measureColdStart(stage, chosen);
      return {
        tables: [...answers.tables, ...stages.tables, ...streams.tables, ...starts.tables],
        rounds: { ...answers.rounds, ...stages.rounds, ...streams.rounds, ...starts.rounds },
      };
    } finally {
      await stage.close();
    }
  },
};
