import type { BatchApi } from './batch-api.ts';
import type { EconomyView } from './economy-view.ts';
import type { Job } from './journal.ts';
import type { EconomySettings } from './options.ts';

/** What all requests of a batch have in common. */
export type BatchKind = Pick<Job, 'provider' | 'scope' | 'protocol' | 'headers'>;

type Collected = Pick<Job, 'id' | 'bytes' | 'deadlineAt' | 'model'> & BatchKind;

/** Gathers requests until it is time for them to go out together. */
export interface Collector {
  /** One that is in already stays where it is. */
  add(job: Collected): void;
  /** Takes one out again. */
  remove(id: string): void;
  /** What it has, by what goes out together. */
  groups(): EconomyView['collecting'];
  close(): void;
}

interface Group {
  readonly kind: BatchKind;
  readonly jobs: Map<string, number>;
  bytes: number;
  dueAt: number;
  cancel: () => void;
}

/** A line of a batch holds this beside the request, bytes. */
const bytesOfLine = 160;

/**
 * A batch goes out when its oldest request has waited for the window, when one more would not fit, and earlier where a deadline
 * leaves less: collecting never takes more than a tenth of the time that a request has.
 */
export function createCollector(
  { windowMs, liveReserveMs, maxRequests, maxBytes, clock }: EconomySettings,
  apiOf: (provider: string) => Pick<BatchApi, 'maxRequests' | 'maxBytes' | 'oneModel'> | undefined,
  release: (kind: BatchKind, jobs: readonly string[]) => void,
): Collector {
  const groups = new Map<string, Group>();
  const groupOf = new Map<string, string>();

  const send = (name: string): void => {
    const group = groups.get(name);
    if (!group) return;
    groups.delete(name);
    group.cancel();
    const jobs = [...group.jobs.keys()];
    for (const id of jobs) groupOf.delete(id);
    if (jobs.length > 0) release(group.kind, jobs);
  };

  return {
    add({ id, bytes, deadlineAt, model, provider, scope, protocol, headers }) {
      const api = apiOf(provider);
      if (!api || groupOf.has(id)) return;
      const name = JSON.stringify([
        provider,
        scope,
        protocol,
        api.oneModel ? model : '',
        Object.entries(headers).sort(),
      ]);
      const size = bytes + bytesOfLine;
      const room = Math.min(maxBytes, api.maxBytes) - bytesOfLine;
      if ((groups.get(name)?.bytes ?? 0) + size > room) send(name);
      const group = groups.get(name) ?? {
        kind: { provider, scope, protocol, headers },
        jobs: new Map<string, number>(),
        bytes: 0,
        dueAt: Number.POSITIVE_INFINITY,
        cancel: () => {},
      };
      groups.set(name, group);
      groupOf.set(id, name);
      group.jobs.set(id, size);
      group.bytes += size;
      if (group.jobs.size >= Math.min(maxRequests, api.maxRequests)) {
        send(name);
        return;
      }
      const now = clock.now();
      const dueAt = now + Math.min(windowMs, Math.max(0, deadlineAt - liveReserveMs - now) / 10);
      if (dueAt >= group.dueAt) return;
      group.cancel();
      group.dueAt = dueAt;
      group.cancel = clock.after(dueAt - now, () => send(name));
    },
    remove(id) {
      const name = groupOf.get(id);
      const group = name === undefined ? undefined : groups.get(name);
      groupOf.delete(id);
      if (!group || name === undefined) return;
      group.bytes -= group.jobs.get(id) ?? 0;
      group.jobs.delete(id);
      if (group.jobs.size > 0) return;
      group.cancel();
      groups.delete(name);
    },
    groups: () =>
      [...groups.values()].map(({ kind: { provider }, jobs, bytes, dueAt }) => ({
        provider,
        requests: jobs.size,
        bytes,
        dueAt,
      })),
    close() {
      for (const { cancel } of groups.values()) cancel();
      groups.clear();
      groupOf.clear();
    },
  };
}
