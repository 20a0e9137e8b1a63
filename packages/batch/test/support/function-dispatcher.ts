import type { Dispatcher, StepFunction, Task, TaskOptions } from '../../src/index.ts';

export type Work = (
  task: Task,
  options: TaskOptions & { write(path: string, value: string | undefined): void },
) => unknown;

/** Calls a function for each step, by the name in `call`; what it writes goes to the workspace "memory". */
export const functionDispatcher = (functions: Readonly<Record<string, Work>> = {}): Dispatcher => ({
  async dispatch(task, options) {
    const changes: { path: string; value: string | undefined }[] = [];
    const write = (path: string, value: string | undefined): void => void changes.push({ path, value });
    const own: Work | undefined =
      options.call === undefined
        ? functions[String((task.fields as { call?: unknown }).call ?? task.step.replace(/\[.*|.*\//, ''))]
        : () => (options.call as StepFunction)({ ...task, with: task.fields.with ?? {} } as never);
    const output = await own?.(task, { ...options, write });
    return {
      output,
      ...(changes.length > 0 && {
        changes: [{ workspace: 'memory', changes, touched: changes.map(({ path }) => path) }],
      }),
    };
  },
});
