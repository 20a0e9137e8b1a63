export { Crash } from './testing/crash.ts';
export { type JournalTestContext, type JournalTestOptions, testJournal } from './testing/journal-kit.ts';
export {
  type Restart,
  type SimulatedCrash,
  type SimulatedJournal,
  type SimulatedJournalOptions,
  simulatedJournal,
} from './testing/simulated-journal.ts';
