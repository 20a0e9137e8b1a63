import { archives } from './archives.ts';
import { argumentValues } from './arguments.ts';
import { parseLine } from './command-line.ts';
import { commandNames, doubledName } from './command-names.ts';
import { type KindOf, riskOf } from './destructive.ts';
import { fileEdits } from './edits.ts';
import type { Correction, CorrectionOutcome, Draft, Failure, Risk, ShellFailure } from './failure.ts';
import { flagDialects, flagForms, flags, typographicDashes } from './flags.ts';
import { gitRefs } from './git-refs.ts';
import { jsonText } from './json-text.ts';
import { type CorrectionMemory, learnOutcome, rankLearnt } from './memory.ts';
import { nearPointers, nearTemplates, unknownNames } from './names.ts';
import { paths } from './paths.ts';
import { missingExecuteBit, missingFlags, missingFolders, takenPort } from './preparations.ts';
import { includeFolders, otherFolder, packagePrograms } from './project-layout.ts';
import { pathOf, type Scene, type ShellRule, saidBy, saidByExitCode } from './scene.ts';
import { subcommands } from './subcommands.ts';
import { openProgram, openQuote, plainPattern } from './syntax.ts';
import type { CorrectorWorld } from './world.ts';

const shellRules: readonly ShellRule[] = [
  commandNames,
  doubledName,
  subcommands,
  typographicDashes,
  flagForms,
  flagDialects,
  flags,
  paths,
  missingFlags,
  missingFolders,
  missingExecuteBit,
  otherFolder,
  takenPort,
  openQuote,
  openProgram,
  plainPattern,
  archives,
  gitRefs,
  includeFolders,
  packagePrograms,
  argumentValues,
];

/** What a person can read in one glance. */
const maxLine = 16 * 1024;
const maxSuggestions = 5;

export interface CorrectorOptions {
  readonly world: CorrectorWorld;
  /** Where outcomes are kept. Without one nothing is learnt. */
  readonly memory?: CorrectionMemory;
}

export interface Corrector {
  /**
   * Ways to mend a failed step, best first; none when nothing is known. It changes nothing.
   *
   * @throws the signal's reason when it is aborted.
   */
  suggest(failure: Failure, options?: { readonly signal?: AbortSignal }): Promise<readonly Correction[]>;
  /** Says what became of a correction, so that the next failure of the same shape is mended by what helped. */
  learn(failure: Failure, correction: Correction, outcome: CorrectionOutcome): Promise<void>;
}

const shellDrafts = async (
  failure: ShellFailure,
  world: CorrectorWorld,
  signal: AbortSignal | undefined,
): Promise<readonly Draft[]> => {
  if (failure.line.length > maxLine) return [];
  const line = await parseLine(failure.line);
  const words = saidBy(failure);
  const said = words.trim() === '' ? saidByExitCode(failure, line) : words;
  // Without a word there is nothing to go by: `false` and `grep` without a match have said what they had to say.
  if (said.trim() === '') return [];
  const scene: Scene = { failure, line, said, world, signal };
  const drafts: Draft[] = [];
  for (const rule of shellRules) {
    signal?.throwIfAborted();
    drafts.push(...(await rule(scene)));
  }
  return drafts;
};

const draftsFor = async (
  failure: Failure,
  world: CorrectorWorld,
  signal: AbortSignal | undefined,
): Promise<readonly Draft[]> => {
  switch (failure.kind) {
    case 'shell':
      return shellDrafts(failure, world, signal);
    case 'file':
      return fileEdits(failure, world);
    case 'json':
      return jsonText(failure);
    case 'pointer':
      return nearPointers(failure);
    case 'name':
      return unknownNames(failure);
    case 'template':
      return nearTemplates(failure);
  }
};

/** Several rules may come to one correction: the surest stands for all. */
const distinct = (failure: Failure, drafts: readonly Draft[]): readonly Draft[] => {
  const best = new Map<string, Draft>();
  for (const draft of drafts) {
    if (failure.kind === 'shell' && draft.change.line === failure.line) continue;
    const key = JSON.stringify(draft.change);
    const known = best.get(key);
    if (!known || known.confidence < draft.confidence) best.set(key, draft);
  }
  return [...best.values()].sort((a, b) => b.confidence - a.confidence).slice(0, maxSuggestions);
};

/** Finds ways to mend failed steps: out of the tools' own words first, then out of what is there, then by likeness. */
export const createCorrector = ({ world, memory }: CorrectorOptions): Corrector => {
  const risks = async (failure: Failure, drafts: readonly Draft[]): Promise<readonly Correction[]> => {
    const plain: Risk = failure.kind === 'file' ? 'writes' : 'safe';
    if (failure.kind !== 'shell') return drafts.map((draft) => ({ ...draft, risk: plain, riskBefore: plain }));
    const kindOf: KindOf = (path, command) => world.kind(pathOf(failure.cwd, command, path));
    const riskBefore = await riskOf(failure.line, kindOf, true);
    return Promise.all(
      drafts.map(async (draft) => ({ ...draft, risk: await riskOf(draft.change.line ?? '', kindOf), riskBefore })),
    );
  };
  return {
    async suggest(failure, { signal } = {}) {
      signal?.throwIfAborted();
      const drafts = distinct(failure, await draftsFor(failure, world, signal));
      return rankLearnt(memory, failure, await risks(failure, drafts));
    },
    async learn(failure, correction, outcome) {
      if (memory) await learnOutcome(memory, failure, correction, outcome);
    },
  };
};
