export { Crash } from './testing/crash.ts';
export { type JournalTestContext, type JournalTestOptions, testJournal } from './testing/journal-kit.ts';
export type { SeededNode, SimulatedFileSystem, TreeNode } from './testing/simulated-file-system.ts';
export { simulatedFileSystem } from './testing/simulated-file-system.ts';
export {
  type Restart,
  type SimulatedCrash,
  type SimulatedJournal,
  type SimulatedJournalOptions,
  simulatedJournal,
} from './testing/simulated-journal.ts';
export type { WorkspaceSubject } from './testing/workspace-kit.ts';
export { testWorkspace } from './testing/workspace-kit.ts';
