export { type CorrectFailuresOptions, correctFailures } from './correct/correct-failures.ts';
export { type Corrector, type CorrectorOptions, createCorrector } from './correct/corrector.ts';
export { aloneFrom, mayApplyAlone } from './correct/destructive.ts';
export type {
  Correction,
  CorrectionOutcome,
  Failure,
  FileEditFailure,
  JsonTextFailure,
  NameFailure,
  PointerFailure,
  Risk,
  ShellFailure,
  TemplateFailure,
} from './correct/failure.ts';
export type { CorrectionMemory } from './correct/memory.ts';
export { type CorrectorWorld, type CorrectorWorldOptions, createWorld, type Entry } from './correct/world.ts';
