import { NaiveTree } from './naive-tree.ts';
import { copied, type Scenario, type Spec } from './scenario.ts';

export interface Interpreted {
  readonly tree: ReturnType<NaiveTree['toObject']>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What a function of a step returns: equal for equal inputs, and another for others. */
export const outputOf = (step: string, text: unknown): string =>
  `${step}(${JSON.stringify(text ?? null).slice(0, 80)})`;

/**
 * Does the steps one after the other, those of `done` alone where it is given: names as the engine has them. Without it, all that are
 * not skipped.
 */
export const interpret = (
  { tree: start, specs }: Pick<Scenario, 'tree' | 'specs'>,
  done?: ReadonlySet<string>,
): Interpreted => {
  const tree = new NaiveTree(start);
  const run = (steps: readonly Spec[], prefix: string): Record<string, unknown> => {
    const outputs: Record<string, unknown> = {};
    const isDone = (name: string, spec: Spec): boolean => (done === undefined ? !spec.isSkipped : done.has(name));
    for (const spec of steps) {
      const { id, kind, changes, edits, copy, items } = spec;
      const name = prefix + id;
      outputs[id] = null;
      if (kind === 'workflow') {
        if (done !== undefined || !spec.isSkipped) outputs[id] = run(spec.inner, `${name}/`);
      } else if (kind === 'map') {
        const done = items.map((item, index) => {
          const own = `${name}[${index}]`;
          if (!isDone(own, spec)) return null;
          for (const edit of edits.slice(index, index + 1)) tree.edit(edit);
          tree.change({ type: 'write', path: `m${id}/${item}`, content: `${item}!` });
          return outputOf(own, index);
        });
        if (isDone(name, spec)) outputs[id] = done;
      } else if (isDone(name, spec)) {
        for (const edit of edits) tree.edit(edit);
        for (const change of changes) tree.change(change);
        if (kind === 'call') outputs[id] = outputOf(name, spec.uses === undefined ? id : outputs[spec.uses]);
        if (copy !== undefined) {
          const text = copied(copy.from, tree.text(copy.from));
          tree.change({ type: 'write', path: copy.to, content: text });
          outputs[id] = text;
        }
      }
    }
    return outputs;
  };
  const outputs = run(specs, '');
  return { tree: tree.toObject(), outputs };
};
