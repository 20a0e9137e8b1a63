import type { Clock } from '../clock.ts';
import { stepTimedOut } from '../errors/run.ts';
import type { RunNode } from './nodes.ts';

/** Holds workflows within a run to the time that they may take in all: a step that does its work itself is held to it by its attempts. */
export interface TimeLimits {
  /** What stands for it has been put in its place. */
  begin(node: RunNode): void;
  /** All of that has ended; returns the error where it was stopped for the time it took. */
  end(node: RunNode): unknown;
  close(): void;
}

const withAllWithin = ({ children = [] }: RunNode): readonly number[] =>
  children.flatMap((child) => [child.number, ...withAllWithin(child)]);

export const createTimeLimits = (
  clock: Clock,
  halt: (steps: readonly number[], reason: unknown) => void,
): TimeLimits => {
  const timers = new Map<RunNode, () => void>();
  const late = new Map<RunNode, unknown>();
  return {
    begin(node) {
      const { step, inner } = node.compiled;
      const limits = [step.timeoutMs, inner?.workflow.timeoutMs].filter((limit) => limit !== undefined);
      if (limits.length === 0) return;
      const limitMs = Math.min(...limits);
      const stop = clock.after(limitMs, () => {
        const error = stepTimedOut(node.name, limitMs);
        late.set(node, error);
        halt(withAllWithin(node), error);
      });
      timers.set(node, stop);
    },
    end(node) {
      timers.get(node)?.();
      timers.delete(node);
      return late.get(node);
    },
    close() {
      for (const stop of timers.values()) stop();
    },
  };
};
