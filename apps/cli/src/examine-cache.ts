import { existsSync } from 'node:fs';
import type { AnswerStores } from '@hotpath/runtime';
import { type Finding, findLeftovers, findPermissions } from './cache-findings.ts';
import { type CacheSettings, redisAlone, withStores } from './cache-stores.ts';
import { examinePluginStore } from './examine-plugin-store.ts';
import { showBytes, showCount, showDuration, showEntries } from './figures.ts';
import { note } from './terminal.ts';

/** A log this long says that nobody could copy it back for a while. */
const longLogBytes = 128 * 1024 * 1024;
/** A file of this size takes seconds to check. */
const longCheckBytes = 256 * 1024 * 1024;
/** Free space worth a word. */
const muchFreeBytes = 64 * 1024 * 1024;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const examineFile = async (settings: CacheSettings): Promise<{ findings: readonly Finding[]; isSound: boolean }> => {
  const { inspectCacheFile } = await import('@hotpath/runtime');
  const about = 'file';
  const bytes = (await inspectCacheFile(settings, { figures: false }))?.fileBytes ?? 0;
  // SQLite checks it in one go: nothing can be said meanwhile.
  if (bytes > longCheckBytes) note(`Checking ${showBytes(bytes)}: this takes a few seconds.`);
  const file = await inspectCacheFile(settings, { check: true });
  if (file === undefined)
    return { findings: [{ level: 'ok', about, message: `${settings.path} is not there yet.` }], isSound: false };
  const { problems, fileBytes, freeBytes, logBytes } = file;
  if (problems.length > 0) {
    const advice =
      'Stop what uses it and delete the file: answers will be asked for again. Otherwise the next process that meets the damage moves it aside, "hotpath cache clear" for example.';
    return {
      findings: [{ level: 'problem', about, message: `it is damaged: ${problems.join('; ')}`, advice }],
      isSound: false,
    };
  }
  const size = `${showBytes(fileBytes)} of ${showBytes(settings.diskBytes)}`;
  const findings: Finding[] = [{ level: 'ok', about, message: `${settings.path} is sound, ${size}.` }];
  if (logBytes > longLogBytes) {
    findings.push({
      level: 'problem',
      about: 'log',
      message: `the write-ahead log has ${showBytes(logBytes)}: some process has kept the file open without letting go.`,
      advice: 'Restart what uses the cache.',
    });
  }
  if (freeBytes > muchFreeBytes && freeBytes > fileBytes / 2) {
    findings.push({
      level: 'note',
      about: 'space',
      message: `${showBytes(freeBytes)} of the file are free.`,
      advice: 'They are used again, and given back bit by bit while a server is idle.',
    });
  }
  return { findings, isSound: true };
};

const examineEntries = async (
  settings: CacheSettings,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<readonly Finding[]> => {
  const { verifyCacheFile } = await import('@hotpath/runtime');
  const { entries, unreadable, keyIds } = await verifyCacheFile(settings, {
    signal,
    onProgress: (read, total) => tell(`${showCount(read)} of ${showCount(total)} entries read`),
  });
  const findings: Finding[] = unreadable.map(({ reason, entries: count }) => ({
    level: 'problem',
    about: 'entries',
    message: `${showEntries(count)} of ${showCount(entries)}: ${reason}`,
    advice:
      'A server drops them one by one as they are asked for. Correct cache.encryption before that if it is at fault.',
  }));
  if (findings.length === 0)
    findings.push({ level: 'ok', about: 'entries', message: `${showEntries(entries)}, all readable.` });
  const known = Object.keys(settings.encryption?.keys ?? {});
  for (const { keyId, entries: count } of keyIds) {
    const isKnown = known.includes(keyId);
    findings.push({
      level: isKnown ? 'ok' : 'problem',
      about: 'encryption',
      message: `${showEntries(count)} encrypted under the key "${keyId}"${isKnown ? '.' : ', which is not configured.'}`,
      ...(!isKnown && { advice: `Add "${keyId}" to cache.encryption.keys, or let these entries go.` }),
    });
  }
  const unused = known.filter((id) => id !== settings.encryption?.current && !keyIds.some(({ keyId }) => keyId === id));
  for (const id of unused) {
    findings.push({
      level: 'note',
      about: 'encryption',
      message: `no entry of the file is encrypted under the key "${id}" any more.`,
      advice: 'Remove it from cache.encryption.keys, unless Redis still holds some.',
    });
  }
  return findings;
};

const examineRedis = async ({ shared }: AnswerStores): Promise<Finding> => {
  const about = 'redis';
  try {
    await shared?.get('hotpath:ping');
    const startedAt = performance.now();
    await shared?.get('hotpath:ping');
    return { level: 'ok', about, message: `it answers in ${showDuration(performance.now() - startedAt)}.` };
  } catch (error) {
    return {
      level: 'problem',
      about,
      message: messageOf(error),
      advice: 'Answers are served from memory and disk meanwhile. Correct cache.redis.url, or start Redis.',
    };
  }
};

/** Whatever goes wrong while looking is a finding too. */
const attempt = async (about: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
  try {
    return await look();
  } catch (error) {
    return [{ level: 'problem', about, message: messageOf(error) }];
  }
};

/** Everything there is to say of the cache: file, entries, permissions, encryption keys, leftovers and Redis. Changes nothing. */
export const examineCache = async (
  settings: CacheSettings,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (text: string) => void },
): Promise<readonly Finding[]> => {
  const { path, store } = settings;
  let isSound = false;
  const findings: Finding[] = [];
  if (store !== undefined) findings.push(...(await examinePluginStore(settings, signal, tell)));
  else
    findings.push(
      ...(await attempt('file', async () => {
        const examined = await examineFile(settings);
        ({ isSound } = examined);
        return examined.findings;
      })),
    );
  if (isSound) findings.push(...(await attempt('entries', () => examineEntries(settings, signal, tell))));
  if (store === undefined && existsSync(path)) {
    findings.push(...(await attempt('permissions', () => findPermissions(path))));
    findings.push(...(await attempt('leftovers', () => findLeftovers(path))));
  }
  if (settings.redis !== undefined) {
    findings.push(
      ...(await attempt('redis', () =>
        withStores(redisAlone(settings), async (stores) => [await examineRedis(stores)]),
      )),
    );
  }
  signal.throwIfAborted();
  return findings;
};
