import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../harness/statistics.ts';

export interface GraphStep {
  readonly id: string;
  readonly dependencies: readonly string[];
  readonly durationMs: number;
}

export interface WorkflowGraph {
  readonly name: string;
  /** Measured durations; else they are made up. */
  readonly isTimed: boolean;
  readonly steps: readonly GraphStep[];
}

/** As runs of one kind of step go: a median and a long tail (lognormal). */
const drawDuration = (random: () => number, medianMs: number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.round(medianMs * Math.exp(0.8 * normal)));
};

type Untimed = Omit<GraphStep, 'durationMs'> & { readonly durationMs?: number | undefined };

const timed = (name: string, steps: readonly Untimed[], seed: number): WorkflowGraph => {
  const random = seededRandom(seed);
  const isTimed = steps.every(({ durationMs }) => durationMs !== undefined);
  return {
    name,
    isTimed,
    steps: steps.map(({ id, dependencies, durationMs }) => ({
      id,
      dependencies,
      durationMs: isTimed && durationMs !== undefined ? durationMs : drawDuration(random, 5_000),
    })),
  };
};

/** Graphs from files `{ steps: [{ id, dependencies, durationMs }] }`; those without durations are given seeded ones. */
export const readGraphs = (folder: string): readonly WorkflowGraph[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file, at) => {
      const { steps } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly steps: readonly Untimed[] };
      return timed(file.slice(0, -'.json'.length), steps, at + 1);
    });

const step = (id: string, dependencies: readonly string[] = []): Untimed => ({ id, dependencies });
const many = (prefix: string, count: number, dependenciesOf: (at: number) => readonly string[] = () => []): Untimed[] =>
  Array.from({ length: count }, (_, at) => step(`${prefix}${at}`, dependenciesOf(at)));
const idsOf = (steps: readonly Untimed[]): string[] => steps.map(({ id }) => id);

/** The shapes that workflows of science, builds and agents have, with made-up durations. */
const shapes: Readonly<Record<string, () => readonly Untimed[]>> = {
  'fork and join': () => {
    const branches = many('branch', 8, () => ['split']);
    return [step('split'), ...branches, step('join', idsOf(branches))];
  },
  'many to one': () => {
    const parts = many('part', 100);
    return [...parts, step('merge', idsOf(parts))];
  },
  'search with two summaries': () => {
    const searches = many('search', 40, () => ['split']);
    return [step('split'), ...searches, step('output', idsOf(searches)), step('errors', idsOf(searches))];
  },
  'parallel chains': () => {
    const stage = (name: string, before: string): Untimed[] => many(name, 9, (at) => [`${before}${at}`]);
    const ends = stage('map', 'convert');
    return [
      step('split'),
      ...many('filter', 9, () => ['split']),
      ...stage('convert', 'filter'),
      ...ends,
      step('merge', idsOf(ends)),
      step('index', ['merge']),
    ];
  },
  mosaic: () => {
    const overlaps = many('fit', 34, (at) => [`project${at % 10}`, `project${(at * 3 + 1) % 10}`]);
    const corrected = many('correct', 10, (at) => [`project${at}`, 'model']);
    return [
      ...many('project', 10),
      ...overlaps,
      step('concat', idsOf(overlaps)),
      step('model', ['concat']),
      ...corrected,
      step('add', idsOf(corrected)),
      step('shrink', ['add']),
    ];
  },
  build: () => {
    const objects = many('object', 36);
    return [
      ...objects,
      step('library', idsOf(objects.slice(0, 32))),
      step('program', ['library', ...idsOf(objects.slice(32))]),
    ];
  },
  checks: () => {
    const checks = many('check', 24, (at) => (at % 3 === 0 ? [] : ['changes']));
    return [step('changes'), ...checks, ...many('compare', 3, (at) => [`check${at + 1}`]), step('all', idsOf(checks))];
  },
  samples: () => {
    const stages = ['trim', 'align', 'sort', 'count'];
    const chains = Array.from({ length: 12 }, (_, sample) =>
      stages.map((stage, at) => step(`${stage}${sample}`, [at === 0 ? 'index' : `${stages[at - 1]}${sample}`])),
    ).flat();
    const reports = chains.filter((_, at) => at % 2 === 0).map(({ id }) => step(`report-${id}`, [id]));
    return [
      step('reference'),
      step('index', ['reference']),
      ...chains,
      ...reports,
      step('summary', [...idsOf(reports), ...many('count', 12).map(({ id }) => id)]),
    ];
  },
};

export const madeUpGraphs = (): readonly WorkflowGraph[] =>
  Object.entries(shapes).map(([name, make], at) => timed(name, make(), at + 1));
