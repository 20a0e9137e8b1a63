import type { RunNode } from './nodes.ts';
import type { Recorder } from './recorder.ts';

/** Steps that wait for a yes, and the yeses that were given. A yes to a step of a list is one to all of its items. */
export interface Approvals {
  /** Whether the step has its yes; else it is asked for. */
  ask(node: RunNode, question: string): boolean;
  /** Names of steps that wait for one. */
  open(): readonly string[];
  /** Takes a yes; returns the numbers of the steps that go on by it. */
  say(step: string, isWaiting: (number: number) => boolean): readonly number[];
}

/** Whether a yes is one to this step: each part of what was said is one item, as `deploy[1]`, or stands for all of them. */
const isMeant = (name: string, said: string): boolean => {
  if (name === said) return true;
  const parts = said.split('/');
  const own = name.split('/');
  return (
    own.length === parts.length &&
    own.every((part, at) => part === parts[at] || part.replace(/\[\d+\]$/, '') === parts[at])
  );
};

export const createApprovals = (
  recorder: Pick<Recorder, 'publish' | 'of' | 'underWay'>,
  given: ReadonlySet<string>,
): Approvals => {
  const approved = new Set(given);
  const asked = new Map<string, { readonly number: number; readonly attempt: number }>();
  const isApproved = (name: string): boolean => approved.has(name) || [...approved].some((said) => isMeant(name, said));
  return {
    ask(node, question) {
      if (isApproved(node.name)) {
        node.attempts = asked.get(node.name)?.attempt ?? node.attempts;
        return true;
      }
      asked.set(node.name, { number: node.number, attempt: node.attempts });
      recorder.publish(() => ({ type: 'approval-want', ...recorder.of(node), question }));
      recorder.underWay(node, question);
      return false;
    },
    open: () => [...asked.keys()].filter((name) => !isApproved(name)),
    say(step, isWaiting) {
      const meant = [...asked].filter(
        ([name, { number }]) => isMeant(name, step) && !isApproved(name) && isWaiting(number),
      );
      if (meant.length > 0) approved.add(step);
      return meant.map(([, { number }]) => number);
    },
  };
};
