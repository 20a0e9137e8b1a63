import type { AttemptRecord, RunHistoryReader, RunRecord } from '@hotpath/runtime';
import type { FastifyInstance } from 'fastify';
import { AdminFault, runMissing } from './admin-error.ts';
import { readRunsQuery } from './admin-request.ts';
import { type AdminScopeOptions, registerAdminScope } from './admin-scope.ts';

export interface RunRoutesOptions extends AdminScopeOptions {
  readonly history: Pick<RunHistoryReader, 'runs' | 'load'>;
}

const at = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

/** Without inputs and outputs: prompts and answers stand in them. */
const runView = ({ id, name, state, root, createdAtMs, endedAtMs, error, costUsd, resultHash }: RunRecord): object => ({
  id,
  name,
  state,
  root,
  createdAt: at(createdAtMs),
  endedAt: at(endedAtMs),
  costUsd: costUsd ?? null,
  error: error ?? null,
  resultHash: resultHash ?? null,
});

const attemptView = ({ step, attempt, end, startedAtMs, endedAtMs, error, costUsd }: AttemptRecord): object => ({
  step,
  attempt,
  state: end ?? 'running',
  startedAt: at(startedAtMs),
  endedAt: at(endedAtMs),
  costUsd: costUsd ?? null,
  error: error ?? null,
});

/** `/api/runs`: the runs of workflows of this user, for whoever has the admin key. */
export function registerRunRoutes(app: FastifyInstance, { history, ...options }: RunRoutesOptions): void {
  registerAdminScope(app, '/api/runs', options, (scope) => {
    scope.get('/', async (request, reply) => {
      const { limit, state } = readRunsQuery(request.query);
      const runs = await history.runs({ limit: limit + 1, states: state === undefined ? undefined : [state] });
      return reply.send({ runs: runs.slice(0, limit).map(runView), isComplete: runs.length <= limit });
    });
    scope.get<{ readonly Params: { readonly id: string } }>('/:id', async (request, reply) => {
      const found = await history.load(request.params.id);
      if (found === undefined) throw new AdminFault(runMissing(request.params.id));
      const changes = found.effects.filter(({ isUndone }) => !isUndone).length;
      return reply.send({ ...runView(found.run), attempts: found.attempts.map(attemptView), changes });
    });
  });
}
