import { parseLine, type SimpleCommand } from './command-line.ts';
import type { Correction, Failure, Risk } from './failure.ts';

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Programs that lose something, end something, or act with the rights of another. */
const destructivePrograms =
  set(`rm rmdir unlink shred srm dd mkfs fdisk sfdisk parted wipefs blkdiscard truncate kill pkill killall skill shutdown
  reboot halt poweroff init telinit sudo doas su pkexec chown chgrp userdel groupdel usermod passwd mount umount swapoff iptables nft crontab
  systemctl service ssh scp sftp telnet nc ncat mail sendmail apt apt-get dpkg yum dnf pacman brew snap dropdb dropuser pg_restore
  git-filter-repo rclone aws gcloud az heroku vercel netlify fly flyctl`);

/** Programs that only read, whatever their arguments (but for redirections). */
const safePrograms =
  set(`cat ls head tail wc grep egrep fgrep rg diff cmp stat file du df which pwd echo printf true false test [ basename dirname
  realpath readlink date cal uname whoami id env printenv tree sleep seq cut tr uniq nl tac rev column jq less more md5sum sha1sum sha256sum
  sha512sum cksum cd type hexdump od strings shellcheck xmllint comm paste join fold expand ps uptime bc expr`);

/** Words that, as a subcommand, target, script or flag, lose something or reach others. */
const destructiveWords =
  set(`delete destroy drop purge prune remove rm rmi rmdir uninstall unpublish publish deploy release push force hard reset
  clean erase wipe kill terminate rollback revert restore overwrite truncate flushall flushdb reinstall upgrade down stop evict drain
  cordon deprecate adduser login logout owner token unlink del discard mirror no-preserve-root remove-source-files expunge shutdown
  force-with-lease filter-branch rebase gc expire yank send post put patch apply replace scale rollout`);

/** Tools that reach others: only these words leave everything as it is. */
const remoteTools: Readonly<Record<string, ReadonlySet<string>>> = {
  kubectl: set(
    'get describe logs version config explain api-resources api-versions cluster-info top diff view current-context',
  ),
  terraform: set('fmt validate plan version show output providers graph console get init'),
  helm: set('list get status template lint version show search history repo'),
  gh: set('view list status diff checks browse'),
  docker: set(
    'version info ps images inspect logs context ls list build compose config history image container network volume show buildx search stats top port system df',
  ),
};

const gitReads = set(
  'status log diff show branch rev-parse rev-list ls-files ls-tree ls-remote describe blame grep shortlog cat-file config remote tag stash worktree help version merge-base name-rev reflog whatchanged list get-url',
);

/** Forms of git that lose work, by their first word. */
const gitLoses: Readonly<Record<string, RegExp>> = {
  branch: /(?:^|\s)(?:-[a-zA-Z]*[dDMf]|--delete|--force|--move)/,
  tag: /(?:^|\s)(?:-[a-z]*[df]|--delete|--force)/,
  checkout: /(?:^|\s)(?:--|-f|--force|-B|\.|--ours|--theirs|-p)(?:\s|$)/,
  switch: /(?:^|\s)(?:-f|--force|-C|--discard-changes)(?:\s|$)/,
  stash: /(?:^|\s)(?:drop|clear|pop)/,
  commit: /--amend/,
  remote: /(?:^|\s)(?:set-url|rename|set-head)/,
  worktree: /(?:^|\s)(?:remove|move)/,
  reflog: /expire|delete/,
  config: /--(?:unset|global|system|remove)|edit/,
  merge: /--abort|--quit/,
  'update-ref': /./,
  'symbolic-ref': /./,
};

const sqlTools = set('sqlite3 psql mysql mariadb duckdb sqlcmd mongosh mongo clickhouse-client redis-cli');
const sqlLoses =
  /\b(?:delete|drop|truncate|update|alter|replace|insert\s+or\s+replace|grant|revoke|flushall|flushdb|del|vacuum)\b/i;
const programLoses =
  /\b(?:rm|rmtree|unlink|rmdir|remove|truncate|shred|kill|rmSync|unlinkSync|writeFile\w*|delete|drop|system|exec|spawn|push|open\()/i;

const interpreters = set(
  'sh bash dash zsh ksh fish eval source . python python2 python3 node ruby perl php deno bun lua',
);
const shells = set('sh bash dash zsh ksh fish eval');
const wrappers = set(
  'xargs env nohup nice ionice time timeout watch parallel command exec builtin find fd fdfind stdbuf setsid strace npx',
);
const downloads = set('curl wget http https aria2c');

const rank: Readonly<Record<Risk, number>> = { safe: 0, writes: 1, destructive: 2 };
const worse = (a: Risk, b: Risk): Risk => (rank[a] >= rank[b] ? a : b);

/** What is at a path: what would be written over. */
export type KindOf = (path: string, command: SimpleCommand) => Promise<'file' | 'folder' | undefined>;

const words = (command: SimpleCommand): readonly string[] => command.arguments.map(({ value }) => value);
const programOf = (command: SimpleCommand): string => command.name.value.split('/').at(-1)?.replace(/^\\/, '') ?? '';

const gitRisk = (parts: readonly string[], text: string): Risk => {
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
    for (const word of program === 'eval' ? [text] : parts.filter((part) => /\s/.test(part)))
      if (depth < 4 && (await riskOf(word, kindOf, asWritten, depth + 1)) === 'destructive') return 'destructive';
  }
  if (interpreters.has(program)) {
    const at = parts.findIndex((word) => /^(?:-c|-e|--eval|-r|-p|-pe|-ne)$/.test(word));
    if (at >= 0 && !shells.has(program) && programLoses.test(parts[at + 1] ?? '')) return 'destructive';
    return worse('writes', redirected);
  }
  if (program === 'git') {
    const risk = gitRisk(parts, text);
    const target = operandAfter(parts, 'checkout');
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
    return 'writes';
  }
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
