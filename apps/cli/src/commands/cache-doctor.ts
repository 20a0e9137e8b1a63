import type { Finding } from '../cache-findings.ts';
import { findSettings, pluginStoreOf } from '../cache-stores.ts';
import { configFlag, defineCommand } from '../command.ts';
import { examineCache } from '../examine-cache.ts';
import { oneLine } from '../plain-text.ts';
import { showProgress } from '../progress.ts';
import { styledOut, writeOut, writeText } from '../terminal.ts';

const marks = { ok: 'ok     ', note: 'note   ', problem: 'problem' } as const;
const styles = { ok: 'green', note: 'yellow', problem: 'red' } as const;

/** Below the text of a finding. */
const hang = '         ';

const render = ({ level, about, message, advice }: Finding): string =>
  `${styledOut(styles[level], marks[level])}  ${about}: ${oneLine(message)}\n${advice === undefined ? '' : `${hang}${oneLine(advice)}\n`}`;

export const cacheDoctor = defineCommand({
  name: 'cache doctor',
  summary: 'Look for what is wrong with the cache',
  description: `Checks the file, reads every entry, and looks at permissions, encryption keys, files moved aside and Redis. Changes nothing
and may run beside servers. The exit code is 1 where something is wrong. Entries that have expired or were invalidated
count, until they have been removed.`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath cache doctor', 'hotpath cache doctor --json | jq \'.findings[] | select(.level == "problem")\''],
  async run({ flags, signal }) {
    const settings = await findSettings(flags.config);
    const store = pluginStoreOf(settings);
    const path = store === null ? settings.path : null;
    const progress = showProgress();
    const findings = await examineCache(settings, { signal, tell: progress.report }).finally(() => progress.end());
    const healthy = findings.every(({ level }) => level !== 'problem');
    if (flags.json) await writeOut(`${JSON.stringify({ healthy, path, store, findings })}\n`);
    else await writeText(findings.map(render).join(''), hang);
    return healthy ? 0 : 1;
  },
});
