import { createHash } from 'node:crypto';

/** The id of a tool call as Anthropic accepts it. What it would refuse is replaced the same way in a call and its result. */
export function toolIdOf(id: string): string {
  if (/^[a-zA-Z0-9_-]+$/.test(id)) return id;
  return `toolu_${createHash('sha256').update(id).digest('base64url').slice(0, 24)}`;
}
