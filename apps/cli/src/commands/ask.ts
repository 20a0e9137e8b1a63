import type { Hotpath } from '@hotpath/runtime';
import { answerQuestion } from '../ask/answer.ts';
import { type AskFlagValues, askFlags } from '../ask/flags.ts';
import { checkFlags, readAsked } from '../ask/read-asked.ts';
import { defineCommand } from '../command.ts';
import type { ConversationLog } from '../conversations/log.ts';
import { logLater } from '../conversations/log-later.ts';
import { usageError } from '../errors.ts';
import { recorded } from '../telemetry/record.ts';
import { warn } from '../terminal.ts';

/** What an answer costs is worth no longer wait. */
const pricesTimeoutMs = 1_000;

/** Plugins that were chosen to keep answers and to count money, and do not: nothing else would show it. All else is for -v. */
const faultsToTell = ({ warnings, plugins, config }: Hotpath): readonly string[] => {
  const lines = warnings.flatMap((warning) => {
    const isTold =
      warning.code === 'CACHE_UNAVAILABLE'
        ? config.cache.store !== undefined
        : warning.code === 'PLUGIN_CONTRIBUTION_INVALID' && !plugins.warnings.includes(warning);
    return isTold ? [warning.message.replaceAll(/\s*\n\s*/g, ' ')] : [];
  });
  return [...new Set(lines)];
};

const openLogOf = async (flags: AskFlagValues, hotpath: Hotpath): Promise<ConversationLog | undefined> => {
  const { enabled, keepMs } = hotpath.config.conversations;
  const keeps = enabled && !flags['no-log'];
  const wanted = flags.conversation === undefined ? (flags.continue ? 'last' : 'new') : { id: flags.conversation };
  if (!keeps && wanted === 'new') return undefined;
  const open = async (): Promise<ConversationLog> => {
    const { openLog } = await import('../conversations/log.ts');
    return openLog({ stateFolder: hotpath.folders.state, keeps, keepMs, wanted });
  };
  return wanted === 'new' ? logLater(open) : open();
};

export const ask = defineCommand({
  name: 'ask',
  summary: 'Ask a model and stream its answer',
  argument: '"<prompt>"',
  description: `Works without a running server. Text piped in is added below the prompt. Answers come from the cache where the
same was asked before. Questions and answers are kept on this machine, for you alone: "hotpath conversations" shows and
deletes them, --no-log or conversations.enabled of the configuration keeps nothing.`,
  flags: askFlags,
  examples: [
    'hotpath ask "Why is the sky blue?"',
    'hotpath ask -c "And at sunset?"',
    'hotpath ask -m openai/gpt-4.1-mini -s "Answer in one sentence." "What is a monad?"',
    'git diff | hotpath ask "Write a commit message for this"',
    'hotpath ask -a diagram.png -a src/server.ts "Does the code do what the diagram says?"',
    'hotpath ask --schema "name, age int, tags str[]" "Invent a person"',
    'hotpath ask -t translate -p language=German < notes.md',
    'hotpath ask -m openai/gpt-4.1 --fallback anthropic/claude-haiku-4-5 --max-cost 0.01 "What is a monad?"',
    'hotpath ask --deadline 6h "Review these notes" < notes.md',
    'hotpath ask --json "Name three colours" | jq -r .text',
  ],
  async run({ flags, positionals, signal }) {
    const runtime = import('@hotpath/runtime');
    const fallbacks = flags.fallback.flatMap((list) => list.split(',')).flatMap((name) => name.trim() || []);
    checkFlags(flags, fallbacks);
    const asked = await readAsked(flags, positionals, signal);
    if (asked === undefined) return 1;
    const { createHotpath, parseDuration } = await runtime;
    const { deadline } = flags;
    // A number alone could be seconds as well as milliseconds.
    const deadlineMs =
      deadline === undefined || Number.isFinite(Number(deadline)) ? undefined : parseDuration(deadline);
    if (deadline !== undefined && deadlineMs === undefined) {
      throw usageError(`--deadline must be a duration such as 30m or 6h, not "${deadline}".`, 'ask');
    }
    // A conversation names its model only once it is open.
    const goesOn = flags.continue || flags.conversation !== undefined;
    const hotpath = await createHotpath(undefined, {
      configFile: flags.config,
      warmCache: false,
      pricesTimeoutMs,
      asks: goesOn && asked.model === undefined ? undefined : [asked.model, ...fallbacks],
    });
    let log: ConversationLog | undefined;
    try {
      const told = flags.verbose ? hotpath.warnings.map(({ message }) => message) : faultsToTell(hotpath);
      for (const message of told) warn(message);
      log = await openLogOf(flags, hotpath);
      const question = { hotpath, flags, fallbacks, asked, deadlineMs, log, signal };
      return await recorded({ command: 'ask', hotpath, isJson: flags.json }, () => answerQuestion(question));
    } finally {
      await log?.close();
      await hotpath.close();
    }
  },
});
