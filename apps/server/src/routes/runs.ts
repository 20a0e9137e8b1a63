import type { RunHistory, RunHistoryReader } from '@hotpath/runtime';
import type { RunControl } from '@hotpath/runtime/workflows';
import type { FastifyInstance } from 'fastify';
import { AdminFault, runFaultOf, runMissing, runNeedsFunctions, runNotWaiting } from './admin-error.ts';
import { readApproval, readNothing, readRunsQuery } from './admin-request.ts';
import { type AdminScopeOptions, registerAdminScope } from './admin-scope.ts';
import { streamRun } from './run-events.ts';
import { historyView, runView, waitingIn } from './run-views.ts';

export interface RunRoutesOptions extends AdminScopeOptions {
  readonly history: Pick<RunHistoryReader, 'runs' | 'load' | 'interrupted'>;
  /** Assembled when somebody first wants something done. */
  readonly control: () => Promise<RunControl>;
  /** What sends away those who wait for events, for the end of the server. */
  readonly waiting?: Set<() => void> | undefined;
  /** Between two looks at a run under way, milliseconds. @default 250 */
  readonly everyMs?: number | undefined;
  /** Keeps a stream of events alive, milliseconds. @default 15,000 */
  readonly commentMs?: number | undefined;
}

interface Id {
  readonly Params: { readonly id: string };
}

const withoutItems = (step: string): string => step.replaceAll(/\[\d+\]/g, '');

/** Rejects in the words of the admin API. */
const coded = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    const known = runFaultOf(error);
    throw known === undefined ? error : new AdminFault(known);
  }
};

/** `/api/runs`: the runs of workflows of this user, for whoever has the admin key. */
export function registerRunRoutes(app: FastifyInstance, options: RunRoutesOptions): void {
  const { history, control, waiting, adminKey, access, everyMs = 250, commentMs = 15_000, onError } = options;
  const find = async (id: string): Promise<RunHistory> => {
    const found = await coded(history.load(id));
    if (found === undefined) throw new AdminFault(runMissing(id));
    return found;
  };

  const isInterrupted = async ({ run }: RunHistory): Promise<boolean> => (await history.interrupted([run])).has(run.id);

  registerAdminScope(app, '/api/runs', options, (scope) => {
    scope.get('/', async (request, reply) => {
      const { limit, isInterrupted: wanted, ...filter } = readRunsQuery(request.query);
      // Which of those under way are so is seen one by one; there are few.
      const most = wanted === undefined ? limit + 1 : undefined;
      const found = await coded(history.runs({ limit: most, ...filter }));
      const interrupted = await history.interrupted(found);
      const runs = wanted === undefined ? found : found.filter(({ id }) => interrupted.has(id) === wanted);
      const views = runs.slice(0, limit).map((run) => runView(run, interrupted.has(run.id)));
      return reply.send({ runs: views, isComplete: runs.length <= limit });
    });
    scope.get<Id>('/:id', async (request, reply) => {
      const found = await find(request.params.id);
      return reply.send(historyView(found, await isInterrupted(found)));
    });
    scope.get<Id>('/:id/plan', async (request, reply) => {
      const { run } = await find(request.params.id);
      const { findings: _, files: __, ...plan } = await coded((await control()).plan(run));
      return reply.send(plan);
    });
    scope.get<Id>('/:id/changes', async (request, reply) => {
      const { run } = await find(request.params.id);
      const { conflicts = [], ...changes } = await coded((await control()).changes(run));
      return reply.send({ state: run.state, ...changes, conflicts });
    });
    scope.get<Id>('/:id/events', async (request, reply) => {
      const { id } = request.params;
      await find(id);
      reply.hijack();
      const { raw: response } = reply;
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const load = () => history.load(id);
      const sendAway = streamRun(response, {
        load,
        isInterrupted,
        everyMs,
        commentMs,
        mayListen: () => adminKey.opens(request.headers) || access?.(request) === undefined,
        onError: (error) => onError?.(error),
      });
      waiting?.add(sendAway);
      response.once('close', () => waiting?.delete(sendAway));
    });
    scope.post<Id>('/:id/undo', async (request, reply) => {
      readNothing(request.body);
      const { run } = await find(request.params.id);
      const { steps, conflicts } = await coded((await control()).undo(run));
      return reply.send({ id: run.id, state: 'undone', steps, conflicts });
    });
    scope.post<Id>('/:id/approve', async (request, reply) => {
      const steps = readApproval(request.body);
      const found = await find(request.params.id);
      const { run } = found;
      const asking = waitingIn(found).map(({ step }) => step);
      const isAsking = (step: string): boolean => asking.some((each) => each === step || withoutItems(each) === step);
      const other = steps.find((step) => !isAsking(step));
      if (other !== undefined) throw new AdminFault(runNotWaiting(other, asking));
      const { callsFunctions } = await import('@hotpath/runtime/workflows');
      if (callsFunctions(run)) throw new AdminFault(runNeedsFunctions(run.id, steps));
      await coded((await control()).approve(run, steps));
      return reply.code(202).send({ id: run.id, state: 'running' });
    });
  });
}
