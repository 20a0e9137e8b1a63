import { posix } from 'node:path';
import { filesWorkspace } from '../../../src/files.ts';
import {
  type Batch,
  createBatch,
  type DocumentFiles,
  type Executor,
  type FileChange,
  type Journal,
  type JournalEntry,
  type JsonChange,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  type StepFunction,
} from '../../../src/index.ts';
import {
  type SimulatedFileSystem,
  type SimulatedJournal,
  simulatedFileSystem,
  simulatedJournal,
} from '../../../src/testing.ts';
import { outputOf } from './interpret.ts';
import type { NaiveNode } from './naive-tree.ts';
import { createRandom, type Random } from './random.ts';
import { copied, type Scenario } from './scenario.ts';
import { passTime, type VirtualTime, virtualTime } from './virtual-time.ts';

const root = '/root';

/** What every process of a machine finds, and what may become of it at each input or output. */
export interface Machine {
  readonly fileSystem: SimulatedFileSystem;
  journal: SimulatedJournal;
  /** Operations of the file system, and two for each write to the journal: before it, and when it is on its way. */
  readonly points: () => number;
  /** Counted from now. */
  crashAt(point: number): void;
  readonly isDead: () => boolean;
  restart(left: { readonly power: 'kept' | 'lost'; readonly random: () => number }): void;
  /** How often the work of a step was begun, by idempotency key. */
  readonly calls: Map<string, number>;
  /** By step: its idempotency keys. */
  readonly keys: Map<string, Set<string>>;
  /** Steps whose successful end was acknowledged and cannot be lost by now. */
  readonly ended: ReadonlySet<string>;
  time: VirtualTime;
}

export const createMachine = ({ tree }: Pick<Scenario, 'tree'>): Machine => {
  const fileSystem = simulatedFileSystem();
  fileSystem.seed(root, { folder: true });
  for (const [path, node] of tree) fileSystem.seed(posix.join(root, path), node);
  let journalPoints = 0;
  let deadAt = Number.POSITIVE_INFINITY;
  const points = (): number => fileSystem.operations + journalPoints;
  const isDead = (): boolean => points() >= deadAt;
  const defer = (run: () => void): void =>
    machine.time.defer(() => {
      if (!isDead()) run();
    });
  let inner = simulatedJournal({ defer });
  const told = new Set<string>();
  const sure = new Set<string>();

  const reach = (): void => {
    journalPoints += 1;
    fileSystem.crashAt(deadAt - points());
    if (isDead()) inner.kill();
  };
  const wrap = (): SimulatedJournal => {
    const own = inner;
    const write: Journal['write'] = async (entries, durability) => {
      reach();
      const ends = entries.flatMap(endsOf);
      const before = [...told];
      const written = own.write(entries, durability);
      written.catch(() => {});
      reach();
      await written;
      for (const end of ends) told.add(end);
      if (durability === 'full') for (const end of [...before, ...ends]) sure.add(end);
    };
    return Object.assign(Object.create(own) as SimulatedJournal, { write });
  };
  const machine: Machine = {
    fileSystem,
    journal: wrap(),
    points,
    isDead,
    crashAt(point) {
      deadAt = points() + point;
      fileSystem.crashAt(point);
    },
    restart(left) {
      machine.time.stop();
      inner = inner.restart(left);
      machine.journal = wrap();
      deadAt = Number.POSITIVE_INFINITY;
      fileSystem.restart(left);
      // What was told and is not sure may be gone with the power.
      if (left.power === 'lost') {
        told.clear();
        for (const key of sure) told.add(key);
      }
    },
    calls: new Map(),
    keys: new Map(),
    ended: told,
    time: virtualTime(1_000),
  };
  return machine;
};

const endsOf = (entry: JournalEntry): readonly string[] =>
  entry.type === 'attempt' && entry.attempt.end === 'succeeded' ? [entry.attempt.step] : [];

/** Documents on the simulated disk. */
const documentFiles = (fileSystem: SimulatedFileSystem): DocumentFiles => ({
  resolve: (path) => path,
  stamp(path) {
    const status = fileSystem.status(posix.join(root, path));
    if (status === undefined) return undefined;
    // The time of the last change to an entry, which no one can set, is not simulated: the content stands for it.
    const node = fileSystem.tree(posix.join(root, posix.dirname(path)))[posix.basename(path)];
    return `${status.ino}-${status.mtimeNs}-${node !== undefined && 'content' in node ? node.content : ''}`;
  },
  read: (path) => fileSystem.read(posix.join(root, path)),
});

/** What waits for the disk takes some time, so that steps meet in between. */
const slowed = (fileSystem: SimulatedFileSystem, time: VirtualTime, random: Random): SimulatedFileSystem => {
  const later = async <Value>(work: Promise<Value>): Promise<Value> => {
    work.catch(() => {});
    if (random.chance(0.3)) await time.sleep(random.integer(2));
    return work;
  };
  return Object.assign(Object.create(fileSystem) as SimulatedFileSystem, {
    write: (...given: Parameters<SimulatedFileSystem['write']>) => later(fileSystem.write(...given)),
    copy: (...given: Parameters<SimulatedFileSystem['copy']>) => later(fileSystem.copy(...given)),
    sync: (path: string) => later(fileSystem.sync(path)),
    read: (path: string) => later(fileSystem.read(path)),
  });
};

export interface ProcessOptions {
  /** Says how long steps take, and so what finishes first. */
  readonly seed: number;
  readonly isSlow?: boolean | undefined;
}

export interface Process {
  readonly batch: Batch;
  readonly time: VirtualTime;
  readonly passTime: (promise: Promise<unknown>) => Promise<void>;
}

interface Work {
  readonly changes?: readonly FileChange[];
  readonly edits?: readonly JsonChange[];
  readonly fails?: number;
  readonly text?: unknown;
}

/** A step that may succeed when it is tried again. */
const flakiness = (step: string): Error => Object.assign(new Error(`${step} had no luck`), { isRetryable: true });

/** A process with an engine over what the machine has. */
export const startProcess = (machine: Machine, { seed, isSlow = true }: ProcessOptions): Process => {
  const time = virtualTime(machine.time.clock.now() + 1);
  machine.time = time;
  const random = createRandom(seed);
  const fileSystem = isSlow ? slowed(machine.fileSystem, time, random) : machine.fileSystem;
  const workspace = filesWorkspace({ root, fileSystem });
  const documents = jsonWorkspace({ root, files: documentFiles(fileSystem) });

  const work: StepFunction = async ({ step, attempt, with: given, files, json }) => {
    const { changes = [], edits = [], fails = 0, text } = given as Work;
    if (attempt <= fails) throw flakiness(step);
    for (const edit of edits)
      if (edit.type === 'set')
        await json(edit.document).edit<Record<string, unknown>>((draft) => {
          draft[edit.pointer.slice(1)] = edit.value;
        });
    for (const change of changes)
      if (change.type === 'write' && 'content' in change)
        files.write(change.path, change.content, change.mode === undefined ? {} : { mode: change.mode });
      else if (change.type === 'remove') files.remove(change.path);
      else if (change.type === 'rename') files.rename(change.path, change.to);
    return outputOf(step, text);
  };
  const shell: Executor = async ({ step, attempt, fields }) => {
    const { run, env } = fields as { run: string; env: { fails: string } };
    const [from = '', to = ''] = run.split(' ');
    if (attempt <= Number(env.fails)) throw flakiness(step);
    const text = Buffer.from(await fileSystem.read(posix.join(root, from))).toString();
    const content = copied(from, text);
    const changes: FileChange[] = [{ type: 'write', path: to, content }];
    return { output: content, changes: [{ workspace: 'files', changes, touched: [to] }] };
  };
  const local = localDispatcher({ functions: { work }, shell, json: jsonExecutor(documents), documents });
  const batch = createBatch({
    root,
    dispatcher: {
      async dispatch(task, options) {
        const { step, idempotencyKey: key } = task;
        machine.calls.set(key, (machine.calls.get(key) ?? 0) + 1);
        machine.keys.set(step, (machine.keys.get(step) ?? new Set()).add(key));
        await time.sleep(random.integer(7));
        const result = await local.dispatch(task, options);
        await time.sleep(random.integer(4));
        return result;
      },
    },
    workspaces: [workspace, documents],
    journal: machine.journal,
    // Of one process that has ended in no real way, the next would find the lock taken.
    lock: async () => () => {},
    clock: time.clock,
    random,
  });
  return { batch, time, passTime: (promise) => passTime(time, promise, machine.isDead) };
};

/** The tree as the naive interpreter has it. */
export const plainTree = ({ fileSystem }: Machine): Record<string, NaiveNode> =>
  Object.fromEntries(
    Object.entries(fileSystem.tree(root))
      .filter(([path]) => !path.startsWith('.hotpath'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, node]): [string, NaiveNode] => {
        if ('folder' in node) return [path, { folder: true, mode: node.mode }];
        if ('target' in node) return [path, { target: node.target }];
        return [path, { content: node.content, mode: node.mode }];
      }),
  );

/** The tree with all that undo has to bring back: texts, modes and times. */
export const exactTree = ({ fileSystem }: Machine): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fileSystem.tree(root))
      .filter(([path]) => !path.startsWith('.hotpath'))
      .map(([path, node]) => [path, 'content' in node ? { ...node, ino: 0n } : node]),
  );

export const ownPaths = ({ fileSystem }: Machine): readonly string[] =>
  Object.keys(fileSystem.tree(root)).filter((path) => path.startsWith('.hotpath'));
