import { setTimeout as delay } from 'node:timers/promises';
import { pinSelf } from '../harness/machine.ts';
import { filesAllowed } from '../harness/process.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { floor, type GatewayKind, hotpath, requireCommand } from '../peers/gateways.ts';
import { chosenOf } from './cache/sides.ts';
import { type Held, holdStreams } from './gateway-streams/hold.ts';

const levels = [1_000, 5_000, 10_000];
/** A gateway has two sockets for each stream; the cache, and what Node itself has open, come on top. */
const ownFiles = 200;

/** How many streams one process holds at once, and what each of them costs. */
export const scenario: Scenario = {
  title: 'Gateway: thousands of streams held at once by one process',
  run: async ({ quick, sides: asked, command, log }) => {
    const kinds: readonly GatewayKind[] = chosenOf([floor, hotpath(command)], asked);
    if (kinds.some((kind) => kind.name === 'hotpath')) requireCommand(command);
    pinSelf(1);
    const files = filesAllowed(2 * Math.max(...levels) + ownFiles);
    const most = Math.floor((files - ownFiles) / 200) * 100;
    const possible = [...new Set(levels.map((level) => Math.min(level, most)))];
    const fewer = levels.some((level) => level > most)
      ? [
          `${most.toLocaleString('en-US')} streams in place of more: a process here may have ${files.toLocaleString('en-US')} files open ("ulimit -Hn"), which only root with CAP_SYS_RESOURCE can raise.`,
        ]
      : [];
    if (most < 100) throw new Error(`Nothing to measure: raise "ulimit -Hn" above ${files}.`);

    const cases = possible.flatMap((streams) =>
      kinds.map((kind) => ({ name: `${kind.name}, ${streams}`, kind, streams })),
    );
    const rounds = await interleave(
      cases.map(({ name, kind, streams }) => ({
        name,
        measure: (): Promise<Held> => holdStreams({ kind, streams, openFiles: files, holdSeconds: quick ? 3 : 10 }),
      })),
      quick ? 1 : 3,
      { log },
    );
    // What the last one left to the kernel is not the next one's business.
    await delay(100);

    const rows = cases.map(({ name, kind, streams }) => {
      const typical = (pick: (held: Held) => number): number => typicalOf(rounds, name, pick);
      const worst = (pick: (held: Held) => number): number => Math.max(...valuesOf(rounds, name, pick));
      const runs = valuesOf(rounds, name, () => 1).length;
      const perStream = ({ idleMb, heldMb }: Held): number => ((heldMb - idleMb) * 1024) / streams;
      return [
        kind.name,
        streams,
        rounded(typical(({ idleMb }) => idleMb)),
        rounded(typical(({ heldMb }) => heldMb)),
        rounded(typical(perStream)),
        rounded(worst(perStream)),
        rounded(worst(({ peakMb }) => peakMb)),
        rounded(typical(({ cpuUsPerEvent }) => cpuUsPerEvent)),
        `${runs * streams} of ${runs * streams}`,
      ];
    });
    return {
      tables: [
        {
          id: 'gateway-held-streams',
          title: `Streams held at once, an event a second each, ${quick ? 'one round' : '3 rounds interleaved'}`,
          columns: [
            'side',
            'streams',
            'RSS MB before',
            'RSS MB held',
            'KB a stream',
            'worst',
            'peak MB',
            'CPU µs per event',
            'complete',
          ],
          rows,
          notes: [
            'A process of its own for each side, level and round. "Before" is after a hundred streams that have come and gone; "held" is the highest while all are open and have been for a while.',
            'The memory is what the process has resident: buffers that the kernel keeps for its sockets are not in it, and each stream has two.',
            'Every stream is a request of its own, checked to the byte at its end; a single wrong one fails the run.',
            'Each process needs two files a stream: its shell raises "ulimit -n" before it becomes the process.',
            ...fewer,
            quietNote(rounds),
          ],
        },
      ],
      rounds: { heldStreams: rounds },
    };
  },
};
