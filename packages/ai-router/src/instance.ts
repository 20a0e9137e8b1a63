import { randomUUID } from 'node:crypto';

/** Names this process to the servers it calls, so that one that hears its own name knows that it calls itself. */
export const instanceHeader = 'x-hotpath-instance';

let id: string | undefined;

/** The same for as long as the process lives. */
export function instanceId(): string {
  id ??= randomUUID();
  return id;
}
