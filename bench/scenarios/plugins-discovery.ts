import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { DiscoveryJob, DiscoveryResult } from './plugins/discovery-child.ts';
import { pluginName, writePlugins } from './plugins/plugin-folders.ts';

const childScript = new URL('./plugins/discovery-child.ts', import.meta.url);
const count = 200;
const warmTargetMs = 5;
const factsTargetUs = 1;

const steps: Readonly<Record<string, { readonly step: DiscoveryJob['step']; readonly isIndexed: boolean }>> = {
  cold: { step: 'discover', isIndexed: false },
  warm: { step: 'discover', isIndexed: true },
  'stats alone': { step: 'stat', isIndexed: false },
  'stats alone, asynchronous': { step: 'stat-async', isIndexed: false },
};

/** What finding plugins costs at a start, and asking about one afterwards. */
export const scenario: Scenario = {
  title: `Discovery of ${count} plugins from their manifests, and facts about one`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const chosen = Object.keys(steps).filter((name) => asked.length === 0 || asked.includes(name));
    const folder = writePlugins(count, (at) => ({
      activates: [`event:push-${at}`],
      ...(at > 4 && { dependencies: { [pluginName(at % 5)]: '^1.0.0' } }),
    }));
    // Beside the folder: one that something is written into was changed.
    const indexFile = `${folder}.index`;
    const measure = (step: DiscoveryJob['step'], isIndexed: boolean): DiscoveryResult => {
      const job: DiscoveryJob = { step, folder, indexFile: isIndexed ? indexFile : undefined, plugins: count };
      return measureInChild(childScript, job, { profile: profile ? `discovery-${step}` : undefined });
    };
    try {
      // Files written only just now are not trusted to an index.
      await delay(100);
      measure('discover', true);
      const rounds = await interleave(
        chosen.map((name) => ({
          name,
          measure: async () => measure(steps[name]?.step ?? 'discover', steps[name]?.isIndexed === true),
        })),
        quick ? 3 : 25,
        { log },
      );
      const facts = await interleave([{ name: 'facts', measure: async () => measure('facts', true) }], quick ? 1 : 5, {
        log,
      });
      const took = (measured: DiscoveryResult): number => measured.tookMs;
      const withImport = (measured: DiscoveryResult): number => measured.tookMs + measured.importMs;
      const row = (name: string, side: string, pick: (measured: DiscoveryResult) => number): (string | number)[] => [
        name,
        rounded(typicalOf(rounds, side, pick)),
        rounded(Math.min(...valuesOf(rounds, side, pick))),
        rounded(Math.max(...valuesOf(rounds, side, pick))),
        name === 'warm' ? verdict(typicalOf(rounds, side, pick), warmTargetMs, 'at-most', 'ms') : '',
      ];
      const warmRead = Math.max(0, ...valuesOf(rounds, 'warm', (measured) => measured.filesRead));
      if (warmRead > 0) throw new Error(`A warm start read ${warmRead} manifests.`);
      const factsUs = typicalOf(facts, 'facts', took) * 1_000;
      return {
        tables: [
          {
            id: 'plugins-discovery',
            title: `Discovery of ${count} plugins, ms`,
            columns: ['start', 'median', 'best', 'worst', 'target'],
            rows: chosen.flatMap((name) =>
              name === 'warm'
                ? [row(name, name, took), row('warm, import of the loader included', name, withImport)]
                : [row(name, name, took)],
            ),
            notes: [
              'A new process each time; from the call of createPluginHost() until the plan is made: manifests, versions, dependencies, conflicts.',
              '"cold" has no index, "warm" takes the plan from it and asks size and times of every manifest; "stats alone" is only that, and its share of "warm".',
              quietNote(rounds),
            ],
          },
          {
            id: 'plugins-facts',
            title: 'Facts about a plugin that are known, µs',
            columns: ['', 'median', 'worst', 'target'],
            rows: [
              [
                'await host.facts(name)',
                rounded(factsUs),
                rounded(Math.max(...valuesOf(facts, 'facts', took)) * 1_000),
                verdict(factsUs, factsTargetUs, 'at-most', 'µs'),
              ],
            ],
            notes: [quietNote(facts)],
          },
        ],
        rounds: { discovery: rounds, facts },
      };
    } finally {
      for (const path of [folder, indexFile]) rmSync(path, { recursive: true, force: true });
    }
  },
};
