/** Commands under the names that other systems give them. The first that is installed is meant. */
export const otherNames: Readonly<Record<string, readonly string[]>> = {
  python: ['python3'],
  python2: ['python3'],
  python3: ['python'],
  pip: ['pip3'],
  pip3: ['pip'],
  nodejs: ['node'],
  node: ['nodejs'],
  md5: ['md5sum'],
  sha1: ['sha1sum'],
  sha256: ['sha256sum'],
  gsed: ['sed'],
  gawk: ['awk'],
  ggrep: ['grep'],
  gtar: ['tar'],
  gmake: ['make'],
  gdate: ['date'],
  gfind: ['find'],
  gstat: ['stat'],
  greadlink: ['readlink'],
  gtimeout: ['timeout'],
  fdfind: ['fd'],
  fd: ['fdfind'],
  batcat: ['bat'],
  bat: ['batcat', 'cat'],
  sqlite: ['sqlite3'],
  cls: ['clear'],
  dir: ['ls'],
  copy: ['cp'],
  type: ['cat'],
  where: ['which'],
  ripgrep: ['rg'],
  cc: ['gcc', 'clang'],
  gcc: ['cc', 'clang'],
  vim: ['vi'],
  open: ['xdg-open'],
};

/** A flag of another system's tool: what is written, and what is meant here. `$1` is what followed. */
export interface Dialect {
  readonly tool: string;
  readonly written: RegExp;
  readonly meant: string;
}

/** BSD and macOS forms that GNU tools refuse. Matched against the line from the tool's name on. */
export const dialects: readonly Dialect[] = [
  { tool: 'sed', written: /^(\S+(?: -[nErs]+)*) -i (?:''|"")(?= )/, meant: '$1 -i' },
  { tool: 'sed', written: /^(\S+(?: -[nErs]+)*) -i (?:'(\.\w+)'|"(\.\w+)"|(\.\w+))(?= )/, meant: '$1 -i$2$3$4' },
  { tool: 'stat', written: /^(\S+) -f ['"]?%z['"]?/, meant: '$1 -c %s' },
  { tool: 'stat', written: /^(\S+) -f ['"]?%m['"]?/, meant: '$1 -c %Y' },
  { tool: 'stat', written: /^(\S+) -f ['"]?%(?:N|SN)['"]?/, meant: '$1 -c %n' },
  { tool: 'stat', written: /^(\S+) -f ['"]?%(?:Lp|A|OLp)['"]?/, meant: '$1 -c %a' },
  { tool: 'date', written: /^(\S+) -v\s?([+-]\d+)d\b/, meant: "$1 -d '$2 day'" },
  { tool: 'date', written: /^(\S+) -v\s?([+-]\d+)w\b/, meant: "$1 -d '$2 week'" },
  { tool: 'date', written: /^(\S+) -v\s?([+-]\d+)m\b/, meant: "$1 -d '$2 month'" },
  { tool: 'date', written: /^(\S+) -v\s?([+-]\d+)y\b/, meant: "$1 -d '$2 year'" },
  { tool: 'date', written: /^(\S+) -v\s?([+-]\d+)H\b/, meant: "$1 -d '$2 hour'" },
  { tool: 'date', written: /^(\S+) -r (\d+)\b/, meant: '$1 -d @$2' },
  { tool: 'base64', written: /^(\S+) -D\b/, meant: '$1 -d' },
  { tool: 'base64', written: /^(\S+) -i (\S+)/, meant: '$1 $2' },
  { tool: 'tail', written: /^(\S+) -r\b/, meant: 'tac' },
  { tool: 'find', written: /^(.* -type) (?:file|files)\b/, meant: '$1 f' },
  { tool: 'find', written: /^(.* -type) (?:dir|directory|folder)\b/, meant: '$1 d' },
  { tool: 'find', written: /^(.* -type) (?:link|symlink)\b/, meant: '$1 l' },
  { tool: 'find', written: /^(\S+) -E (\S+)/, meant: '$1 $2 -regextype posix-extended' },
  { tool: 'xargs', written: /^(\S+) -J (\S+)/, meant: '$1 -I $2' },
  { tool: 'shasum', written: /^(\S+) -a 256\b/, meant: 'sha256sum' },
];

/** How a program lists what it knows, where it is not `--help`. `*` stands for the subcommands. */
export const helpForms: Readonly<Record<string, readonly (readonly string[])[]>> = {
  git: [
    ['*', '--git-completion-helper'],
    ['*', '-h'],
  ],
  curl: [['--help', 'all']],
  apt: [['--help']],
  'apt-cache': [['--help']],
  'apt-get': [['--help']],
  dnf: [['--help']],
  brew: [['--help']],
  rg: [['--help'], ['--type-list']],
  openssl: [['list', '-commands'], ['*', '-help'], ['help']],
  sqlite3: [['-help']],
  terraform: [['*', '-help']],
  java: [['--help'], ['-X']],
  gem: [['help', 'commands']],
  npm: [['help'], ['*', '--help']],
  go: [['help', '*']],
  zstd: [['-H']],
  php: [['-h']],
  lua: [['-h']],
};
