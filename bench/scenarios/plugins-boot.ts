import { rmSync } from 'node:fs';
import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { BootJob, BootResult } from './plugins/boot-child.ts';
import { writeOclifPlugins } from './plugins/oclif-plugins.ts';
import { cpuMs, ioMs, writePlugins } from './plugins/plugin-folders.ts';

const childScript = new URL('./plugins/boot-child.ts', import.meta.url);
const count = 50;
const coreCount = 5;
const baseline = 'sequential';
const lazy = 'hotpath core + lazy';
const floor = 'Promise.all';
const names = [baseline, floor, 'avvio', 'hookable', 'hookable parallel', 'oclif', 'hotpath parallel', lazy];
const targets: Readonly<Record<string, number>> = { 'hotpath parallel': 70, [lazy]: 88 };

/** What a host waits for until its plugins are ready. */
export const scenario: Scenario = {
  title: `Boot of ${count} plugins, each ${cpuMs} ms of CPU at import and ${ioMs} ms of waiting at activation`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const chosen = asked.length === 0 ? names : names.filter((name) => asked.includes(name));
    const all = writePlugins(count, () => ({ activates: ['always'] }));
    const some = writePlugins(count, (at) => (at < coreCount ? { core: true } : { activates: ['event:later'] }));
    const oclif = writeOclifPlugins(count);
    try {
      const measure = (side: string): BootResult => {
        const folder = side === lazy ? some : side === 'oclif' ? oclif : all;
        // Beside the folder: one that something is written into was changed.
        const job: BootJob = { side, folder, indexFile: `${folder}.index` };
        return measureInChild(childScript, job, { profile: profile ? `boot-${side}` : undefined });
      };
      // The first start fills the page cache and writes the index, as a user's second start finds them.
      for (const side of chosen) measure(side);
      const rounds = await interleave(
        chosen.map((name) => ({ name, measure: async () => measure(name) })),
        quick ? 2 : 11,
        { log },
      );
      const took = (side: string): number => typicalOf(rounds, side, (measured) => measured.tookMs);
      const rows = chosen.map((name) => {
        const active = Math.min(...valuesOf(rounds, name, (measured) => measured.active));
        if (active !== (name === lazy ? coreCount + 1 : count)) throw new Error(`${name} activated ${active} plugins.`);
        const less = chosen.includes(baseline) ? 100 * (1 - took(name) / took(baseline)) : Number.NaN;
        const target = targets[name];
        return [
          name,
          active,
          rounded(took(name)),
          rounded(Math.max(...valuesOf(rounds, name, (measured) => measured.tookMs))),
          Number.isNaN(less) ? '' : rounded(less),
          target === undefined || Number.isNaN(less) ? '' : verdict(less, target, 'at-least', '%'),
        ];
      });
      return {
        tables: [
          {
            id: 'plugins-boot',
            title: `${count} plugins, ms until they are ready`,
            columns: ['side', 'activated', 'median ms', 'worst ms', '% less than sequential', 'target'],
            rows,
            notes: [
              'A process of its own for each. The clock begins before the library is imported; ours also finds the plugins, from its index.',
              `"sequential" is a loop of import() and activate(), "${floor}" begins all of them at once: the floor of every host, as it finds, orders, limits and isolates nothing. CPU time is serial: ${count} x ${cpuMs} ms of it and one wait are the least.`,
              "avvio and hookable are given the same function for each plugin; both wait for one before the next, hookable's callHookParallel does not.",
              '"oclif" finds the plugins by its own means, as packages with manifests, and runs their init hooks, which take the same and run in parallel.',
              `"core + lazy": ${coreCount} core plugins, then a command of one of the other ${count - coreCount}.`,
              quietNote(rounds),
            ],
          },
        ],
        rounds: { boot: rounds },
      };
    } finally {
      for (const path of [all, some, oclif, `${all}.index`, `${some}.index`])
        rmSync(path, { recursive: true, force: true });
    }
  },
};
