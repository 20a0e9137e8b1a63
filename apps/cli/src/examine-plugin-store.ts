import type { Finding } from './cache-findings.ts';
import { type CacheSettings, describePlace, withStores } from './cache-stores.ts';
import { describeError } from './errors.ts';
import { showBytes, showCount, showEntries } from './figures.ts';

/** What the store of a plugin holds, and what can be done with it. */
export const examinePluginStore = (
  { redis: _redis, ...settings }: CacheSettings,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<readonly Finding[]> => {
  const about = 'store';
  const place = describePlace(settings);
  return withStores(
    settings,
    async ({ disk }): Promise<readonly Finding[]> => {
      if (disk === undefined) return [];
      const { answerCodec } = await import('@hotpath/runtime');
      const { entries, bytes } = await disk.usage();
      const size = entries > 0 && bytes === 0 ? '' : `, ${showBytes(bytes)}`;
      const findings: Finding[] = [{ level: 'ok', about, message: `${place} holds ${showEntries(entries)}${size}.` }];
      const keys = disk.keys?.();
      if (keys === undefined) {
        const advice =
          'They can be cleared, and looked at or invalidated by key; not exported, nor invalidated by tag.';
        findings.push({ level: 'note', about: 'entries', message: 'they cannot be listed.', advice });
        return findings;
      }
      let read = 0;
      let unreadable = 0;
      for await (const key of keys) {
        signal.throwIfAborted();
        read += 1;
        tell(`${showCount(read)} entries read`);
        const entry = await disk.get(key);
        if (entry === undefined || entry.absent === true) continue;
        try {
          answerCodec.decode(entry.value);
        } catch {
          unreadable += 1;
        }
      }
      findings.push(
        unreadable === 0
          ? { level: 'ok', about: 'entries', message: `${showEntries(read)}, all readable.` }
          : {
              level: 'problem',
              about: 'entries',
              message: `${showEntries(unreadable)} of ${showCount(read)} are no answers: the store does not give back what it was given.`,
              advice: 'Tell the plugin\'s author; "hotpath cache clear" begins anew.',
            },
      );
      return findings;
    },
    { onlyReads: true },
  ).catch((error: unknown): readonly Finding[] => [
    { level: 'problem', about, message: describeError(error).message, advice: 'See "hotpath plugins doctor --load".' },
  ]);
};
