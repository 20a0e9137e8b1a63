import { parseLine, quote, type SimpleCommand } from './command-line.ts';
import type { Correction, Failure, Risk } from './failure.ts';
import {
  bringsIn,
  destructivePrograms,
  destructiveWords,
  downloads,
  gitLoses,
  gitReads,
  interpreters,
  programLoses,
  remoteTools,
  safePrograms,
  shells,
  sqlLoses,
  sqlTools,
  wrappers,
} from './risk-words.ts';

const rank: Readonly<Record<Risk, number>> = { safe: 0, writes: 1, destructive: 2 };
const worse = (a: Risk, b: Risk): Risk => (rank[a] >= rank[b] ? a : b);

/** What is at a path: what would be written over. */
export type KindOf = (path: string, command: SimpleCommand) => Promise<'file' | 'folder' | undefined>;

const words = (command: SimpleCommand): readonly string[] => command.arguments.map(({ value }) => value);
const programOf = (command: SimpleCommand): string => command.name.value.split('/').at(-1)?.replace(/^\\/, '') ?? '';

/** Git's own options come before its verb. */
const withoutGlobals = (parts: readonly string[]): readonly string[] => {
  let at = 0;
  while (parts[at]?.startsWith('-'))
    at += /^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(parts[at] as string) ? 2 : 1;
  return parts.slice(at);
};

const gitRisk = (all: readonly string[]): Risk => {
  const parts = withoutGlobals(all);
  const text = parts.join(' ');
  const verb = parts.find((word) => !word.startsWith('-')) ?? '';
  if (parts.some((word) => destructiveWords.has(word.replace(/^--/, '')))) return 'destructive';
  if (gitLoses[verb]?.test(text)) return 'destructive';
  if (/^(?:push|reset|clean|restore|rm|mv|rebase|revert|gc|prune|filter-\w+|am|apply|cherry-pick|bisect)$/.test(verb))
    return 'destructive';
  return gitReads.has(verb) ? 'safe' : 'writes';
};

const redirectRisk = async (command: SimpleCommand, kindOf: KindOf): Promise<Risk> => {
  let risk: Risk = 'safe';
  for (const { operator, target } of command.redirects) {
    if (
      !operator.includes('>') ||
      /^(?:\d+|-)$/.test(target.value) ||
      /^\/dev\/(?:null|stdout|stderr)$/.test(target.value)
    )
      continue;
    const appends = operator.includes('>>');
    const known = !/[$`*?]/.test(target.value);
    risk = worse(
      risk,
      !appends && (!known || (await kindOf(target.value, command)) !== undefined) ? 'destructive' : 'writes',
    );
  }
  return risk;
};

const isDestructiveWord = (word: string): boolean =>
  destructiveWords.has(word) ||
  destructiveWords.has(word.replace(/^--?/, '').replace(/=.*$/, '')) ||
  // Scripts and targets: `deploy:prod`, `db-drop`.
  (/^[a-z][\w:-]*$/i.test(word) && word.split(/[:_-]/).some((part) => destructiveWords.has(part)));

/** A file to run whose name says what it does. */
const isDestructiveScript = (path: string): boolean =>
  /[/.]/.test(path) && isDestructiveWord((path.split('/').at(-1) ?? '').replace(/\.\w+$/, ''));

const commandRisk = async (
  command: SimpleCommand,
  all: readonly SimpleCommand[],
  kindOf: KindOf,
  asWritten: boolean,
  depth: number,
): Promise<Risk> => {
  const program = programOf(command);
  const parts = words(command);
  const text = parts.join(' ');
  const redirected = await redirectRisk(command, kindOf);
  // `$ ls`, with the prompt.
  if (asWritten && program === '$') return 'writes';
  if (/[$`*]/.test(program) || destructivePrograms.has(program) || program.startsWith('mkfs')) return 'destructive';
  if (wrappers.has(program) || interpreters.has(program)) {
    if (parts.some((word) => destructivePrograms.has(word) || /^-(?:delete|exec|execdir|ok|fprint\w*)$/.test(word)))
      return 'destructive';
  }
  if (shells.has(program) || wrappers.has(program)) {
    // A shell that reads its program from another one runs what nobody has seen.
    if (
      shells.has(program) &&
      !parts.some((word) => !word.startsWith('-')) &&
      all.some((other) => downloads.has(programOf(other)))
    )
      return 'destructive';
    // `timeout 5 git push`: what is run stands somewhere behind the wrapper's own words.
    const inner = parts.flatMap((word, index) => (/^[A-Za-z][\w./-]*$/.test(word) ? [index] : [])).slice(0, 4);
    for (const index of wrappers.has(program) ? inner : [])
      if (
        depth < 4 &&
        (await riskOf(parts.slice(index).map(quote).join(' '), kindOf, asWritten, depth + 1)) === 'destructive'
      )
        return 'destructive';
    for (const word of program === 'eval' ? [text] : parts.filter((part) => /\s/.test(part)))
      if (depth < 4 && (await riskOf(word, kindOf, asWritten, depth + 1)) === 'destructive') return 'destructive';
  }
  // `./publish.sh`, `node scripts/deploy.mjs`.
  const script = interpreters.has(program) ? parts.find((word) => !word.startsWith('-')) : command.name.value;
  if (script !== undefined && isDestructiveScript(script)) return 'destructive';
  if (bringsIn(program, parts)) return 'destructive';
  if (interpreters.has(program)) {
    const at = parts.findIndex((word) => /^(?:-c|-e|--eval|-r|-p|-pe|-ne)$/.test(word));
    if (at >= 0 && !shells.has(program) && programLoses.test(parts[at + 1] ?? '')) return 'destructive';
    return worse('writes', redirected);
  }
  if (program === 'git') {
    const risk = gitRisk(parts);
    const target = operandAfter(withoutGlobals(parts), 'checkout');
    // `git checkout name` puts back a file of that name.
    if (target !== undefined && (await kindOf(target, command)) !== undefined) return 'destructive';
    return worse(risk, redirected);
  }
  if (sqlTools.has(program)) return sqlLoses.test(text) ? 'destructive' : worse('writes', redirected);
  if (program === 'mv' || program === 'cp' || program === 'install' || program === 'ln') {
    const target = parts.filter((word) => !word.startsWith('-')).at(-1);
    const source = parts.filter((word) => !word.startsWith('-'))[0];
    if (program === 'mv' || /(?:^|\s)(?:-\w*f|--force|--remove-destination)/.test(text)) return 'destructive';
    if (target === undefined || source === undefined || /[$*?]/.test(target)) return 'destructive';
    const folder = target.replace(/\/$/, '');
    const lands = (await kindOf(folder, command)) === 'folder' ? `${folder}/${source.split('/').at(-1)}` : target;
    return (await kindOf(lands, command)) !== undefined ? 'destructive' : worse('writes', redirected);
  }
  if ((program === 'chmod' || program === 'setfacl') && /(?:^|\s)(?:-\w*R|--recursive)/.test(text))
    return 'destructive';
  // A compressor takes its input away unless it is told to keep it.
  if (/^(?:g(?:un)?zip|bzip2|bunzip2|xz|unxz|lzma)$/.test(program))
    return /(?:^|\s)(?:-\w*[kctlV]|--keep|--stdout|--test|--list|--version|--help)/.test(text)
      ? 'writes'
      : 'destructive';
  if (program === 'tee') {
    for (const word of parts)
      if (!word.startsWith('-') && !/(?:^|\s)-a/.test(text) && (await kindOf(word, command)) !== undefined)
        return 'destructive';
    return 'writes';
  }
  if (downloads.has(program)) {
    if (
      /(?:^|\s)(?:-X|--request|-d|--data\S*|-F|--form|-T|--upload-file|--post-\w+|--method|--body-\w+|--json)/.test(
        text,
      )
    )
      return 'destructive';
    return writesOver(command, ['-o', '--output', '-O', '--output-document'], kindOf);
  }
  if (program === 'sort' || program === 'zip' || (program === 'tar' && /^-?\w*c/.test(parts[0] ?? '')))
    return worse(
      redirected,
      await writesOver(command, ['-o', '--output', '-cf', '-czf', '-cjf', '-cJf', 'cf', 'czf', '-f', '--file'], kindOf),
    );
  const reads = remoteTools[program];
  if (reads) {
    const verb = parts.find((word) => !word.startsWith('-'));
    if ((verb !== undefined && !reads.has(verb) && !asWritten) || parts.some(isDestructiveWord)) return 'destructive';
    return worse('writes', redirected);
  }
  if (parts.some((word) => word.startsWith('-') && isDestructiveWord(word))) return 'destructive';
  if (safePrograms.has(program)) return redirected;
  if (parts.some((word) => !word.includes('/') && !word.includes('.') && isDestructiveWord(word))) return 'destructive';
  return worse('writes', redirected);
};

/** Whether the word behind one of these flags names something that is there. */
const writesOver = async (command: SimpleCommand, flags: readonly string[], kindOf: KindOf): Promise<Risk> => {
  const parts = words(command);
  for (const [index, word] of parts.entries()) {
    const target = flags.includes(word) ? parts[index + 1] : /^--(?:output|output-document|file)=(.+)$/.exec(word)?.[1];
    if (target !== undefined && (await kindOf(target, command)) === 'file') return 'destructive';
  }
  return 'writes';
};

const operandAfter = (parts: readonly string[], verb: string): string | undefined => {
  const rest = parts.filter((word) => !word.startsWith('-'));
  return rest[0] === verb ? rest[1] : undefined;
};

/**
 * What a command line may do at worst.
 *
 * `asWritten` is for a line that failed: a subcommand that nobody knows is no sign of danger there, as it is in a line that will run.
 */
export const riskOf = async (text: string, kindOf: KindOf, asWritten = false, depth = 0): Promise<Risk> => {
  const line = await parseLine(text);
  let risk: Risk = line.errors.length > 0 ? 'writes' : 'safe';
  for (const command of line.commands)
    risk = worse(risk, await commandRisk(command, line.commands, kindOf, asWritten, depth));
  return risk;
};

/** Corrections below this confidence wait for somebody's yes. */
export const aloneFrom = 0.7;

/**
 * Whether a correction may be applied without asking: somebody is sure enough of it, neither the step as written nor the corrected one loses
 * anything or reaches others, and the corrected one does no more than the step as written was to do.
 */
export const mayApplyAlone = (failure: Failure, correction: Correction): boolean => {
  if (correction.confidence < aloneFrom) return false;
  if (correction.risk === 'destructive' || correction.riskBefore === 'destructive') return false;
  // What a killed command had done by then is not known.
  if (failure.kind === 'shell' && failure.signal !== undefined) return false;
  return rank[correction.risk] <= rank[correction.riskBefore];
};
