import type { FileChange, JsonChange, Step, Workflow } from '../../../src/index.ts';
import { type NaiveNode, NaiveTree } from './naive-tree.ts';
import { createRandom, type Random } from './random.ts';
import { isInferred, meet, type Touches } from './spec-touches.ts';

/** What a step is, in words that the naive interpreter and the engine's step are both made from. */
export interface Spec {
  readonly id: string;
  readonly kind: 'file' | 'json' | 'call' | 'shell' | 'map' | 'workflow';
  readonly changes: readonly FileChange[];
  readonly edits: readonly JsonChange[];
  /** Of a shell step: it reads one and writes the other. */
  readonly copy?: { readonly from: string; readonly to: string } | undefined;
  /** Whether it says what it reads and writes. */
  readonly isDeclared: boolean;
  /** So many attempts fail. */
  readonly fails: number;
  readonly isSkipped: boolean;
  /** Its output goes into that of this step. */
  readonly uses?: string | undefined;
  readonly items: readonly string[];
  readonly inner: readonly Spec[];
  readonly dependencies: readonly string[];
  readonly touches: Touches;
}

export interface Scenario {
  readonly seed: number;
  readonly tree: readonly (readonly [string, NaiveNode])[];
  readonly specs: readonly Spec[];
  readonly workflow: Workflow;
  readonly recovery: 'atomic' | 'keep-successful';
  readonly concurrency: number;
  /** Whether some step fails for good. */
  readonly isDoomed: boolean;
}

const folders = ['a', 'b', 'c', 'c/d', 'e'];
const names = ['x', 'y', 'z', 'w'];
const documents = ['docs/one.json', 'docs/two.json'];
const words = ['one', 'two', 'six', 'a longer text', ''];

const startTree = (random: Random): NaiveTree => {
  const tree = new NaiveTree();
  for (const folder of folders.slice(0, 4))
    for (const name of names.slice(0, 2))
      if (random.chance(0.8))
        tree.change({
          type: 'write',
          path: `${folder}/${name}`,
          content: `${folder}${name}`,
          mode: random.pick([0o644, 0o600, 0o755]),
        });
  tree.change({ type: 'link', path: 'b/link', target: '../a/x' });
  for (const path of documents)
    tree.change({ type: 'write', path, content: JSON.stringify({ list: [1], deep: { x: 1 }, name: path }) });
  return tree;
};

/** Files and links that steps other than those of documents may touch. */
const movable = (tree: NaiveTree): readonly string[] =>
  tree.paths().filter((path) => !path.startsWith('docs') && !('folder' in (tree.nodes.get(path) as NaiveNode)));

const freePath = (random: Random, tree: NaiveTree): string | undefined => {
  for (let tries = 0; tries < 6; tries += 1) {
    const path = `${random.pick(folders)}${random.chance(0.2) ? '/new' : ''}/${random.pick(names)}`;
    const above = path.split('/').slice(0, -1);
    const isBlocked = above.some((_, at) => {
      const node = tree.nodes.get(above.slice(0, at + 1).join('/'));
      return node !== undefined && !('folder' in node);
    });
    if (!isBlocked && !tree.nodes.has(path)) return path;
  }
  return undefined;
};

const anyChange = (random: Random, tree: NaiveTree, id: string, isForFunction: boolean): FileChange => {
  const there = movable(tree);
  const files = there.filter((path) => 'content' in (tree.nodes.get(path) as NaiveNode));
  const free = freePath(random, tree);
  const content = `${id} ${random.pick(words)}`;
  const kind = random.integer(isForFunction ? 7 : 12);
  if (kind < 3 && files.length > 0)
    return {
      type: 'write',
      path: random.pick(files),
      content,
      ...(random.chance(0.3) && { mode: random.pick([0o600, 0o755]) }),
    };
  if (kind === 4 && there.length > 3) return { type: 'remove', path: random.pick(there) };
  if (kind === 5 && there.length > 0 && free !== undefined)
    return { type: 'rename', path: random.pick(there), to: free };
  if (kind === 7 && files.length > 0)
    return { type: 'mode', path: random.pick(files), mode: random.pick([0o600, 0o640, 0o755]) };
  if (kind === 8) return { type: 'link', path: random.pick([free ?? `${id}.link`, ...files]), target: `../${id}` };
  if (kind === 9 && free !== undefined)
    return { type: 'folder', path: free, ...(random.chance(0.5) && { mode: 0o750 }) };
  const moved = [...folders.filter((folder) => tree.nodes.has(folder))];
  if (kind === 10 && moved.length > 1) {
    const [path, to] = [random.pick(moved), `g${id}`];
    if (!tree.nodes.has(to)) return { type: 'rename', path, to };
  }
  if (kind === 11 && moved.length > 2 && random.chance(0.5)) return { type: 'remove', path: random.pick(moved) };
  return { type: 'write', path: free ?? `${id}.txt`, content };
};

const anyEdit = (random: Random, tree: NaiveTree, id: string): JsonChange => {
  const document = random.pick(documents);
  const value = JSON.parse(tree.text(document)) as Record<string, unknown>;
  const own = Object.keys(value).filter((key) => !['list', 'deep', 'name'].includes(key));
  const kind = random.integer(8);
  // Several steps may make what it stands in.
  if (kind === 5) return { type: 'set', document, pointer: `/made/${id}`, value: id };
  if (kind === 0 && own.length > 0) return { type: 'remove', document, pointer: `/${random.pick(own)}` };
  if (kind === 1) return { type: 'set', document, pointer: '/list/-', value: id };
  if (kind === 2) return { type: 'set', document, pointer: `/deep/${id}`, value: { by: id } };
  if (kind === 3) return { type: 'merge', document, value: { deep: { [`m${id}`]: id }, name: id } };
  if (kind === 4 && own.length > 0) return { type: 'set', document, pointer: `/${random.pick(own)}`, value: [id] };
  return { type: 'set', document, pointer: `/${id}`, value: id };
};

const base = {
  changes: [],
  edits: [],
  isDeclared: true,
  fails: 0,
  isSkipped: false,
  items: [],
  inner: [],
  dependencies: [],
} as const;

type Draft = Omit<Spec, 'touches' | 'dependencies'>;

const anyLeaf = (random: Random, tree: NaiveTree, id: string): Draft => {
  const kind = random.integer(10);
  const later = tree.clone();
  const isDeclared = random.chance(0.6);
  const flaky = random.chance(0.2) ? 1 + random.integer(2) : 0;
  if (kind < 3) return { ...base, id, kind: 'file', changes: [anyChange(random, tree, id, false)] };
  if (kind < 5) return { ...base, id, kind: 'json', edits: [anyEdit(random, tree, id)] };
  if (kind < 8) {
    const changes: FileChange[] = [];
    for (let count = random.integer(4); count > 0; count -= 1) {
      const change = anyChange(random, later, id, true);
      later.change(change);
      changes.push(change);
    }
    const edits: JsonChange[] = random.chance(0.35)
      ? [{ type: 'set', document: random.pick(documents), pointer: `/f${id}`, value: id }]
      : [];
    return { ...base, id, kind: 'call', changes, edits, isDeclared, fails: flaky };
  }
  const files = [...movable(tree).filter((path) => 'content' in (tree.nodes.get(path) as NaiveNode)), ...documents];
  const copy = { from: random.pick(files), to: freePath(random, tree) ?? `${id}.copy` };
  return { ...base, id, kind: 'shell', copy, isDeclared, fails: flaky };
};

const touchesOfLeaf = ({ kind, changes, edits, copy, id }: Draft): Touches => {
  const places = edits.flatMap((edit): string[] => {
    if (edit.type !== 'merge') return [`${edit.document}#${edit.pointer}`];
    const [key] = Object.keys((edit.value as { deep: object }).deep);
    return [`${edit.document}#/deep/${key}`, `${edit.document}#/name`];
  });
  if (kind === 'map') return { reads: places, writes: [`m${id}`, ...places] };
  const paths = changes.flatMap((change) => (change.type === 'rename' ? [change.path, change.to] : [change.path]));
  const reads = changes.filter(({ type }) => type === 'rename' || type === 'mode').map(({ path }) => path);
  return {
    reads: [...reads, ...places, ...(copy === undefined ? [] : [copy.from])],
    writes: [...paths, ...places, ...(copy === undefined ? [] : [copy.to])],
  };
};

const applySpec = (tree: NaiveTree, spec: Spec): void => {
  for (const edit of spec.edits) tree.edit(edit);
  for (const change of spec.changes) tree.change(change);
  if (spec.copy !== undefined)
    tree.change({ type: 'write', path: spec.copy.to, content: copied(spec.copy.from, tree.text(spec.copy.from)) });
  for (const item of spec.items) tree.change({ type: 'write', path: `m${spec.id}/${item}`, content: `${item}!` });
  for (const inner of spec.inner) applySpec(tree, inner);
};

export const copied = (from: string, text: string): string =>
  from.endsWith('.json') ? `${text} copied` : `${text.slice(0, 60)}+`;

/** Dependencies that the engine cannot know of by what steps declare. */
const dependenciesOn = (before: readonly Spec[], draft: Draft, touches: Touches): string[] =>
  before
    .filter((other) => meet(other.touches, touches) && !(isInferred(other) && isInferred(draft as Spec)))
    .map(({ id }) => id);

const finish = (random: Random, before: readonly Spec[], draft: Draft): Spec => {
  const touches =
    draft.kind === 'workflow'
      ? {
          reads: draft.inner.flatMap((inner) => inner.touches.reads),
          writes: draft.inner.flatMap((inner) => inner.touches.writes),
        }
      : touchesOfLeaf(draft);
  const extra = before.length > 0 && random.chance(0.12) ? [random.pick(before).id] : [];
  const dependencies = [...new Set([...dependenciesOn(before, draft, touches), ...extra])];
  const isSkipped =
    draft.isSkipped ||
    before.some((other) => other.isSkipped && (dependencies.includes(other.id) || draft.uses === other.id));
  return { ...draft, dependencies, touches, isSkipped };
};

const anySpecs = (random: Random, tree: NaiveTree, count: number, prefix: string, isInner: boolean): Spec[] => {
  const specs: Spec[] = [];
  const lost = new Set<Spec>();
  for (let number = 0; number < count; number += 1) {
    const id = `${prefix}${number}`;
    const kind = isInner ? 0 : random.integer(14);
    let draft: Draft;
    if (kind === 12) {
      const items = ['p', 'q', 'r', 's'].slice(0, 1 + random.integer(4));
      const document = documents[items.length % 2] as string;
      const edits = items.map(
        (item): JsonChange => ({ type: 'set', document, pointer: `/i${id}${item}`, value: item }),
      );
      draft = { ...base, id, kind: 'map', isDeclared: random.chance(0.5), items, edits: number % 3 > 0 ? edits : [] };
    } else if (kind === 13)
      draft = {
        ...base,
        id,
        kind: 'workflow',
        inner: anySpecs(random, tree.clone(), 2 + random.integer(3), `${id}n`, true),
      };
    else draft = anyLeaf(random, tree, id);
    if (draft.kind === 'call' && !isInner && specs.length > 0 && random.chance(0.4))
      draft = { ...draft, uses: random.pick(specs).id };
    if (!isInner && random.chance(0.06)) draft = { ...draft, isSkipped: true };
    if (!isInner && draft.kind === 'call' && random.chance(0.04)) draft = { ...draft, fails: 99 };
    const spec = finish(random, specs, draft);
    const isBlocked = [...lost].some(
      (other) => spec.dependencies.includes(other.id) || spec.uses === other.id || meet(other.touches, spec.touches),
    );
    if (spec.fails > 90 || isBlocked) lost.add(spec);
    else if (!spec.isSkipped) applySpec(tree, spec);
    specs.push(spec);
  }
  return specs;
};

const policy = (spec: Spec): object => ({
  ...(spec.fails > 0 && spec.kind !== 'workflow' && { retries: 2, retryDelayMs: 4 }),
  ...(spec.dependencies.length > 0 && { dependencies: spec.dependencies }),
  ...(spec.isSkipped && { when: 'inputs.no' }),
  ...(spec.isDeclared &&
    ['call', 'shell', 'map'].includes(spec.kind) && {
      reads: spec.touches.reads,
      writes: spec.touches.writes,
    }),
});

const fileFields = (change: FileChange): object => {
  const mode = 'mode' in change && change.mode !== undefined ? { mode: change.mode.toString(8) } : {};
  switch (change.type) {
    case 'write':
      return { content: 'content' in change ? change.content : '', ...mode };
    case 'remove':
      return { delete: true };
    case 'rename':
      return { rename: change.to };
    case 'link':
      return { link: change.target };
    case 'folder':
      return { folder: true, ...mode };
    case 'mode':
      return mode;
  }
};

const stepOf = (spec: Spec, flow: string): Step => {
  const { id, kind, changes, edits, copy, fails } = spec;
  const common = { id, ...policy(spec) };
  switch (kind) {
    case 'file': {
      const [change] = changes as readonly [FileChange];
      return { ...common, file: change.path, ...fileFields(change) } as Step;
    }
    case 'json': {
      const [edit] = edits as readonly [JsonChange];
      const fields =
        edit.type === 'merge'
          ? { merge: edit.value }
          : edit.type === 'remove'
            ? { remove: [edit.pointer] }
            : { set: { [edit.pointer]: edit.value } };
      return { ...common, json: edit.document, ...fields } as Step;
    }
    case 'shell':
      return { ...common, run: `${copy?.from} ${copy?.to}`, env: { fails: String(fails) } } as Step;
    case 'map': {
      const write = { type: 'write', path: `m${id}/\${{ item }}`, content: '${{ item }}!' };
      const own = edits.slice(0, 1).map((edit) => ({ ...edit, pointer: `/i${id}\${{ item }}`, value: '${{ item }}' }));
      return {
        ...common,
        call: 'work',
        map: spec.items,
        with: { changes: [write], edits: own, fails, text: '${{ index }}' },
      } as Step;
    }
    case 'workflow':
      return { ...common, workflow: workflowOf(`${flow}-${id}`, spec.inner), with: { yes: true } } as Step;
    case 'call': {
      const text = spec.uses === undefined ? id : `\${{ steps.${spec.uses}.output }}`;
      return { ...common, call: 'work', with: { changes, edits, fails, text } } as Step;
    }
  }
};

const workflowOf = (name: string, specs: readonly Spec[]): Workflow => ({
  name,
  steps: specs.map((spec) => stepOf(spec, name)),
});

/** The same workflow, tree and ways for the same seed. */
export const createScenario = (seed: number, { isDoomedAllowed = true } = {}): Scenario => {
  const random = createRandom(seed);
  const start = startTree(random);
  const recovery = random.chance(0.5) ? 'atomic' : 'keep-successful';
  const count = 5 + random.integer(26);
  let specs = anySpecs(random, start.clone(), count, 's', false);
  if (!isDoomedAllowed) {
    // What would have come after a failure is not in order without it: another seed is.
    for (let other = 1; specs.some(({ fails }) => fails > 90); other += 1)
      specs = anySpecs(createRandom(seed * 1_000 + other), start.clone(), count, 's', false);
  }
  return {
    seed,
    tree: [...start.nodes].sort(([a], [b]) => (a < b ? -1 : 1)),
    specs,
    recovery,
    concurrency: 1 + random.integer(8),
    isDoomed: specs.some(({ fails }) => fails > 90),
    workflow: {
      ...workflowOf(`flow-${seed}`, specs),
      recovery,
      undeclaredWrites: random.pick(['allow', 'report']),
      inputs: { no: { type: 'boolean' } },
    },
  };
};
