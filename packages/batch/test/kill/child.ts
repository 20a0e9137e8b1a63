import { functions, workflowOf } from './support/child-workflow.ts';
import { newBatch } from './support/real-batch.ts';

// Runs a workflow over a folder, or puts in order what an earlier process has left of one; prints what came of it.
const [what = 'run', folder = '', seed = '0'] = process.argv.slice(2);
const batch = newBatch(folder, functions);
const say = (told: object): void => console.log(JSON.stringify(told));

if (what === 'run') {
  const run = batch.run(workflowOf(Number(seed)), { concurrency: 3 });
  say({ run: run.id });
  const { state, resultHash, error } = await run.outcome;
  say({ state, resultHash, error: error === undefined ? undefined : String(error) });
} else {
  const [run] = batch.history({ states: ['running', 'undoing', 'kept'] });
  const isResumed = what === 'resume' && run !== undefined && run.state !== 'undoing';
  let conflicts: readonly unknown[] = [];
  let error: unknown;
  if (isResumed) ({ conflicts, error } = await batch.resume(run.id, { concurrency: 3 }).outcome);
  else conflicts = (await batch.recover()).flatMap((recovery) => recovery.conflicts);
  const [last] = batch.history();
  say({
    state: last?.state ?? 'nothing',
    resultHash: last?.resultHash,
    isResumed,
    conflicts,
    error: error === undefined ? undefined : String(error),
    done:
      last === undefined
        ? []
        : (batch.load(last.id)?.attempts ?? []).flatMap((a) => (a.end === 'succeeded' ? [a.step] : [])),
  });
}
await batch.close();
