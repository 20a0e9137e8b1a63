import type { DecideFailure } from '@hotpath/batch';
import type { Correction, CorrectionMemory } from '@hotpath/batch/correct';

/** What is done about a step that failed, or could be. */
export interface Mending {
  readonly step: string;
  /** Whether the step is tried again with it; else it is a suggestion. */
  readonly isApplied: boolean;
  /** Fields of the step with their new values. */
  readonly fields: Readonly<Record<string, string>>;
  /** Why, for a person. */
  readonly reason: string;
}

export interface MendFailuresOptions {
  readonly memory: CorrectionMemory;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onMending?: ((mending: Mending) => void) | undefined;
}

/** The corrector's names for what it changes, in those of steps. */
const fieldNames: Readonly<Record<string, string>> = { line: 'run', path: 'file' };
const fieldsOf = ({ change }: Correction): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(change).map(([name, value]) => [fieldNames[name] ?? name, value]));

const mostSuggestions = 3;

/** Tries failed steps again where one correction is certain and can do no harm, and tells of the others. Read when the first step fails. */
export const mendFailures = ({ memory, environment, onMending }: MendFailuresOptions): DecideFailure => {
  const open = async (): Promise<DecideFailure> => {
    const { correctFailures, createCorrector, createWorld } = await import('@hotpath/batch/correct');
    return correctFailures({
      corrector: createCorrector({ world: createWorld({ environment }), memory }),
      onCorrections({ step }, corrections, applied) {
        const told = applied === undefined ? corrections.slice(0, mostSuggestions) : [applied];
        for (const each of told)
          onMending?.({ step, isApplied: each === applied, fields: fieldsOf(each), reason: each.reason });
      },
    });
  };
  let opening: Promise<DecideFailure> | undefined;
  return async (failure) => {
    try {
      opening ??= open();
      return await (await opening)(failure);
    } catch {
      // The step's own failure is what is to be told.
      return { type: 'fail' };
    }
  };
};
