import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { importFromPeer } from '../../peers/durable.ts';
import { concurrency, type DurableRunner, type DurableSide } from './runner.ts';

interface Bullmq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => { addBulk(jobs: readonly object[]): Promise<unknown>; close(): Promise<void> };
  readonly Worker: new (
    name: string,
    work: () => Promise<unknown>,
    options: object,
  ) => {
    on(event: 'completed' | 'failed', call: () => void): void;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}

const bullmq: DurableSide['open'] = async ({ redisUrl }): Promise<DurableRunner> => {
  const { Queue, Worker } = await importFromPeer<Bullmq>('bullmq', 'bullmq');
  const { hostname: host, port } = new URL(redisUrl);
  const name = `bench-${process.pid}`;
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
  const worker = new Worker(name, async () => null, { connection, concurrency });
  await worker.waitUntilReady();
  let open = 0;
  let end = Promise.withResolvers<void>();
  worker.on('completed', () => {
    open -= 1;
    if (open === 0) end.resolve();
  });
  worker.on('failed', () => end.reject(new Error('A job failed.')));
  return {
    async run(count) {
      open = count;
      end = Promise.withResolvers();
      await queue.addBulk(Array.from({ length: count }, (_, at) => ({ name: `step-${at}`, data: { at } })));
      await end.promise;
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
};

interface Langgraph {
  readonly Annotation: { Root(fields: object): unknown } & (<Value>() => Value);
  readonly END: string;
  readonly START: string;
  readonly MemorySaver: new () => object;
  readonly StateGraph: new (
    state: unknown,
  ) => {
    addNode(name: string, work: () => Promise<object>): unknown;
    addEdge(from: string, to: string): unknown;
    compile(options: object): { invoke(input: object, options: object): Promise<{ readonly count: number }> };
  };
}

/** What SqliteSaver asks of better-sqlite3, which needs a compiler: by Node's own SQLite, set up as that is by default. */
const likeBetterSqlite = (path: string) => {
  const connection = new DatabaseSync(path);
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return {
    pragma: (text: string) => connection.exec(`PRAGMA ${text}`),
    exec: (text: string) => connection.exec(text),
    prepare: (text: string) => connection.prepare(text),
    transaction:
      <Rows>(work: (rows: Rows) => void) =>
      (rows: Rows): void => {
        connection.exec('BEGIN');
        work(rows);
        connection.exec('COMMIT');
      },
  };
};

const langgraph =
  (isKept: boolean): DurableSide['open'] =>
  async ({ folder }): Promise<DurableRunner> => {
    const { Annotation, END, START, MemorySaver, StateGraph } = await importFromPeer<Langgraph>(
      'langgraph',
      '@langchain/langgraph',
    );
    const { SqliteSaver } = await importFromPeer<{ SqliteSaver: new (connection: object) => object }>(
      'langgraph',
      '@langchain/langgraph-checkpoint-sqlite',
    );
    const checkpointer = isKept ? new SqliteSaver(likeBetterSqlite(join(folder, 'graph.db'))) : new MemorySaver();
    const compiled = new Map<number, ReturnType<InstanceType<Langgraph['StateGraph']>['compile']>>();
    const compile = (count: number) => {
      const graph = new StateGraph(Annotation.Root({ count: Annotation<number>() }));
      for (let at = 0; at < count; at += 1) {
        graph.addNode(`step-${at}`, async () => ({ count: at + 1 }));
        graph.addEdge(at === 0 ? START : `step-${at - 1}`, `step-${at}`);
      }
      graph.addEdge(`step-${count - 1}`, END);
      return graph.compile({ checkpointer });
    };
    let threads = 0;
    return {
      async run(count) {
        const graph = compiled.get(count) ?? compile(count);
        compiled.set(count, graph);
        threads += 1;
        const configurable = { thread_id: `thread-${threads}` };
        const { count: reached } = await graph.invoke(
          { count: 0 },
          { configurable, recursionLimit: count + 10, durability: 'sync' },
        );
        if (reached !== count) throw new Error(`${reached} of ${count} nodes ran.`);
      },
    };
  };

interface MastraWorkflow {
  then(step: unknown): MastraWorkflow;
  commit(): void;
  createRun(): Promise<{ start(options: object): Promise<{ readonly status: string }> }>;
}

const mastra: DurableSide['open'] = async (): Promise<DurableRunner> => {
  const { createStep, createWorkflow } = await importFromPeer<{
    createStep(options: object): unknown;
    createWorkflow(options: object): MastraWorkflow;
  }>('mastra', '@mastra/core/workflows');
  const { z } = await importFromPeer<{ z: { object(fields: object): unknown } }>('mastra', 'zod');
  const nothing = z.object({});
  const built = new Map<number, MastraWorkflow>();
  const build = (count: number): MastraWorkflow => {
    let workflow = createWorkflow({ id: `bench-${count}`, inputSchema: nothing, outputSchema: nothing });
    for (let at = 0; at < count; at += 1)
      workflow = workflow.then(
        createStep({ id: `step-${at}`, inputSchema: nothing, outputSchema: nothing, execute: async () => ({}) }),
      );
    workflow.commit();
    return workflow;
  };
  return {
    async run(count) {
      const workflow = built.get(count) ?? build(count);
      built.set(count, workflow);
      const { status } = await (await workflow.createRun()).start({ inputData: {} });
      if (status !== 'success') throw new Error(`The run is ${status}.`);
    },
  };
};

export const peerSides: readonly DurableSide[] = [
  {
    name: 'bullmq',
    note: 'independent jobs by addBulk, a worker with concurrency 50 in the same process, Redis on this machine with appendfsync everysec',
    survives: 'process end',
    open: bullmq,
  },
  {
    name: 'langgraph',
    note: 'a chain of nodes with one number of state (what a node costs grows with how many the graph has), SqliteSaver over the SQLite of Node (WAL, NORMAL), durability sync',
    survives: 'process end',
    open: langgraph(true),
  },
  { name: 'langgraph in memory', note: 'the same with MemorySaver', survives: 'nothing', open: langgraph(false) },
  { name: 'mastra', note: 'a chain of steps, without storage', survives: 'nothing', open: mastra },
];
