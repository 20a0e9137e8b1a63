const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Programs that lose something, end something, or act with the rights of another. */
export const destructivePrograms =
  set(`rm rmdir unlink shred srm dd mkfs fdisk sfdisk parted wipefs blkdiscard truncate kill pkill killall skill shutdown
  reboot halt poweroff init telinit sudo doas su pkexec chown chgrp userdel groupdel usermod passwd mount umount swapoff iptables nft crontab
  systemctl service ssh scp sftp telnet nc ncat mail sendmail apt apt-get dpkg yum dnf pacman brew snap dropdb dropuser pg_restore
  git-filter-repo rclone aws gcloud az heroku vercel netlify fly flyctl`);

/** Programs that only read, whatever their arguments (but for redirections). */
export const safePrograms =
  set(`cat ls head tail wc grep egrep fgrep rg diff cmp stat file du df which pwd echo printf true false test [ basename dirname
  realpath readlink date cal uname whoami id env printenv tree sleep seq cut tr uniq nl tac rev column jq less more md5sum sha1sum sha256sum
  sha512sum cksum cd type hexdump od strings shellcheck xmllint comm paste join fold expand ps uptime bc expr`);

/** Words that, as a subcommand, target, script or flag, lose something or reach others. */
export const destructiveWords =
  set(`delete destroy drop purge prune remove rm rmi rmdir uninstall unpublish publish deploy release push force hard reset
  clean erase wipe kill terminate rollback revert restore overwrite truncate flushall flushdb reinstall upgrade down stop evict drain
  cordon deprecate adduser login logout owner token unlink del discard mirror no-preserve-root remove-source-files expunge shutdown
  force-with-lease filter-branch rebase gc expire yank send post put patch apply replace scale rollout`);

/** Tools that reach others: only these words leave everything as it is. */
export const remoteTools: Readonly<Record<string, ReadonlySet<string>>> = {
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

export const gitReads = set(
  'status log diff show branch rev-parse rev-list ls-files ls-tree ls-remote describe blame grep shortlog cat-file config remote tag stash worktree help version merge-base name-rev reflog whatchanged list get-url',
);

/** Forms of git that lose work, by their first word. */
export const gitLoses: Readonly<Record<string, RegExp>> = {
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

export const sqlTools = set('sqlite3 psql mysql mariadb duckdb sqlcmd mongosh mongo clickhouse-client redis-cli');
export const sqlLoses =
  /\b(?:delete|drop|truncate|update|alter|replace|insert\s+or\s+replace|grant|revoke|flushall|flushdb|del|vacuum)\b/i;
export const programLoses =
  /\b(?:rm|rmtree|unlink|rmdir|remove|truncate|shred|kill|rmSync|unlinkSync|writeFile\w*|delete|drop|system|exec|spawn|push|open\()/i;

export const interpreters = set(
  'sh bash dash zsh ksh fish eval source . python python2 python3 node ruby perl php deno bun lua',
);
export const shells = set('sh bash dash zsh ksh fish eval');
export const wrappers = set(
  'xargs env nohup nice ionice time timeout watch parallel command exec builtin find fd fdfind stdbuf setsid strace npx',
);
export const downloads = set('curl wget http https aria2c');

const packageManagers = set('npm pnpm yarn bun pip pip3 pipx uv cargo gem bundle composer go conda mamba poetry deno');
const installs = set('install i add ci update upgrade get require sync create exec dlx x');

/** Installing brings in what others wrote: a misspelt package is another one's package. */
export const bringsIn = (program: string, words: readonly string[]): boolean =>
  packageManagers.has(program) && words.slice(0, 3).some((word) => installs.has(word));
