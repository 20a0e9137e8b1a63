import type { AttemptView } from '../../api/run-views.ts';

/** A step, or what stands for many of them, at its place in the tree. */
export interface TreeRow {
  /** `review[2]/ask`. */
  readonly step: string;
  /** The last part of it. */
  readonly name: string;
  readonly depth: number;
  readonly state: string;
  readonly attempts: number;
  readonly from: number;
  /** `null`: it goes on. */
  readonly to: number | null;
  readonly error: string | null;
  /** How many more steps this row stands for. @default none */
  readonly others?: number | undefined;
}

interface Node {
  readonly step: string;
  readonly name: string;
  readonly children: Map<string, Node>;
  attempts: AttemptView[];
}

const newNode = (step: string, name: string): Node => ({ step, name, children: new Map(), attempts: [] });

/** `review[2]/ask` is `review`, `[2]`, `ask`. */
const partsOf = (step: string): readonly string[] => step.split('/').flatMap((part) => part.split(/(?=\[)/));

const plant = (attempts: readonly AttemptView[]): Node => {
  const root = newNode('', '');
  for (const attempt of attempts) {
    let node = root;
    for (const part of partsOf(attempt.step)) {
      const step = node.step === '' ? part : `${node.step}${part.startsWith('[') ? '' : '/'}${part}`;
      const child = node.children.get(part) ?? newNode(step, part);
      node.children.set(part, child);
      node = child;
    }
    node.attempts.push(attempt);
  }
  return root;
};

/** What has but one step below it is one row with that: `[0]/ask`. */
const shorten = (node: Node): Node => {
  const [only, ...others] = node.children.values();
  if (only === undefined || others.length > 0 || node.attempts.length > 0) return node;
  return shorten({ ...only, name: `${node.name}${only.name.startsWith('[') ? '' : '/'}${only.name}` });
};

const time = (iso: string): number => Date.parse(iso);
const weights = ['waiting', 'running', 'failed'];
const weightOf = ({ state }: TreeRow): number => (weights.includes(state) ? weights.indexOf(state) : weights.length);

/** What a step came to, or the steps below it together: what goes on counts before what failed, and that before the rest. */
const rowOf = (node: Node, depth: number, below: readonly TreeRow[]): TreeRow => {
  const { step, name, attempts } = node;
  const last = attempts.at(-1);
  const first = attempts[0];
  if (first !== undefined && last !== undefined) {
    const to = last.endedAt === null ? null : time(last.endedAt);
    const { state, error } = last;
    return { step, name, depth, state, attempts: attempts.length, from: time(first.startedAt), to, error };
  }
  const own = below.filter((row) => row.depth === depth + 1);
  const worst = own.toSorted((a, b) => weightOf(a) - weightOf(b))[0];
  const ends = own.map(({ to }) => to);
  return {
    step,
    name,
    depth,
    state: worst?.state ?? 'running',
    attempts: 0,
    from: Math.min(...own.map(({ from }) => from)),
    to: ends.includes(null) ? null : Math.max(...ends.map(Number)),
    error: null,
  };
};

const spread = (rows: readonly TreeRow[]): Pick<TreeRow, 'from' | 'to'> => ({
  from: Math.min(...rows.map(({ from }) => from)),
  to: rows.some(({ to }) => to === null) ? null : Math.max(...rows.map(({ to }) => Number(to))),
});

/**
 * Steps as a tree, each row below what it belongs to. Of a list with more than `mostItems`, those come first that go on or failed, and
 * one row stands for the rest.
 */
export const treeOf = (attempts: readonly AttemptView[], mostItems = 12): readonly TreeRow[] => {
  const walk = (node: Node, depth: number): readonly TreeRow[] => {
    const branches = [...node.children.values()].map(shorten).map((child) => {
      const below = walk(child, depth + 1);
      return { row: rowOf(child, depth, below), below };
    });
    branches.sort((a, b) => a.row.from - b.row.from);
    const isList = [...node.children.keys()].every((part) => part.startsWith('['));
    if (!isList || branches.length <= mostItems) return branches.flatMap(({ row, below }) => [row, ...below]);
    const byWeight = branches.toSorted((a, b) => weightOf(a.row) - weightOf(b.row));
    const shown = new Set(byWeight.slice(0, mostItems));
    const others = byWeight.slice(mostItems).map(({ row }) => row);
    const states = [...new Set(others.map(({ state }) => state))].join(', ');
    return [
      ...branches.filter((branch) => shown.has(branch)).flatMap(({ row, below }) => [row, ...below]),
      {
        step: `${node.step}[…]`,
        name: '…',
        depth,
        state: states,
        attempts: 0,
        error: null,
        others: others.length,
        ...spread(others),
      },
    ];
  };
  return walk(plant(attempts), 0);
};
