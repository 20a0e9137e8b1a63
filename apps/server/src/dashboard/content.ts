import type { Content, FoundContent } from '@hotpath/runtime/telemetry';
import { AdminFault, bodyInvalid, queryInvalid, refuse } from '../routes/admin-error.ts';
import { readObject } from '../routes/admin-request.ts';
import type { ContentDeletedView, ContentEntryView, ContentView, FoundContentView } from './contract.ts';
import { inTime } from './patience.ts';
import type { RangeQuery } from './read-query.ts';

export interface ContentPageQuery extends RangeQuery {
  readonly search: string | undefined;
  readonly limit: number;
  readonly before: number | undefined;
}

const noContent = refuse(
  409,
  'DASHBOARD_NO_CONTENT',
  'Prompts and answers are not captured here. Set "telemetry.content.enabled: true" in the configuration, and start again.',
);
const busy = refuse(
  503,
  'DASHBOARD_CONTENT_BUSY',
  'The store of content has not answered for a while: it deletes much, or a pattern of "telemetry.content.redact.patterns" takes very long on what was just captured. What was asked of it may still be done. Try again; if it stays, look at the patterns and start again.',
);
const busyAfterMs = 10_000;
const noEntry = refuse(404, 'DASHBOARD_NO_ENTRY', 'There is no such entry, or it is no longer kept.');

const foundView = ({ id, atMs, ...found }: FoundContent): FoundContentView => ({ ...found, id: String(id), at: atMs });

const answered = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  inTime(answer, busyAfterMs, () => {
    throw new AdminFault(busy);
  });

/** What was typed into a search may be nothing to search for, and content has not all names that requests have. */
const whatWasAsked = <Answer>(answer: Promise<Answer>, where: RangeQuery['where']): Promise<Answer> =>
  answer.catch((error: unknown) => {
    const { code, message = '' } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
    if (code !== 'TELEMETRY_QUERY_INVALID') throw error;
    const unknown = Object.keys(where).find((name) => message.startsWith(`Content has no "${name}".`));
    throw new AdminFault(queryInvalid(unknown ?? 'search', `does not fit: ${message}`));
  });

/** Prompts and answers in which words are found, or the newest. */
export const listContent = async (content: Content | undefined, query: ContentPageQuery): Promise<ContentView> => {
  const { search: text, limit, ...range } = query;
  const found = content
    ? await whatWasAsked(answered(content.search({ ...range, text, limit: limit + 1 })), range.where)
    : [];
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    version: 1,
    isCapturing: content?.isCapturing === true,
    isEmpty: found.length === 0 && (content === undefined || (await answered(content.count())) === 0),
    entries: page.map(foundView),
    next: found.length > limit && last !== undefined ? String(last.id) : null,
  };
};

/** One entry, by its own id or by that of its request, or that of one request; null where there is none. */
export const findContent = async (
  content: Content | undefined,
  asked: Parameters<Content['get']>[0],
): Promise<ContentEntryView | null> => {
  const entry = await content?.get(asked);
  if (entry === undefined) return null;
  const { id: number, atMs, ...rest } = entry;
  return { ...rest, id: String(number), at: atMs };
};

export const showContent = async (content: Content | undefined, id: string) => {
  const entry = await answered(findContent(content, id));
  if (entry === null) throw new AdminFault(content ? noEntry : noContent);
  return { version: 1, entry } as const;
};

/** Deletes by `{"all": true}`, or by any of `id`, `key` and `olderThanMs` together. `content search --json` tells ids as numbers. */
export const deleteContent = async (
  content: Content | undefined,
  body: unknown,
  nowMs: number,
): Promise<ContentDeletedView> => {
  if (content === undefined) throw new AdminFault(noContent);
  const { all, id: given, key, olderThanMs, ...others } = readObject(body);
  const id = Number.isSafeInteger(given) ? String(given) : given;
  const isText = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value !== '');
  const isAge = olderThanMs === undefined || (typeof olderThanMs === 'number' && olderThanMs >= 0);
  const hasSome = id !== undefined || key !== undefined || olderThanMs !== undefined;
  const isSound =
    isText(id) && isText(key) && isAge && (all === undefined || all === true) && (all === true) !== hasSome;
  if (!isSound || Object.keys(others).length > 0)
    throw new AdminFault(bodyInvalid('it takes "all": true, or any of "id", "key" and "olderThanMs".'));
  const deletion = {
    ...(all === true && { all }),
    ...(typeof id === 'string' && { id }),
    ...(typeof key === 'string' && { key }),
    ...(typeof olderThanMs === 'number' && { beforeMs: nowMs - olderThanMs }),
  };
  return { version: 1, ...(await answered(content.delete(deletion))) };
};
