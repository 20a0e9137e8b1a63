import { type Command, defineCommand, type FlagSpec } from '../command.ts';
import { commonFlags } from '../common-flags.ts';
import { usageError } from '../errors.ts';
import { withoutOwn } from '../help.ts';
import { writeOut } from '../terminal.ts';

const flagsOf = (command: Command): readonly (readonly [string, FlagSpec])[] => [
  ...Object.entries(command.flags),
  ...Object.entries(withoutOwn(commonFlags, command.flags)),
];

const wordsOf = (command: Command): string =>
  flagsOf(command)
    .map(([name]) => `--${name}`)
    .join(' ');

const firstWords = (commands: readonly Command[]): string =>
  [...new Set(commands.map(({ name }) => name.split(' ')[0]))].concat('help').join(' ');

/** What may follow the first word of a command of two. */
const secondWords = (commands: readonly Command[]): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = '', word] = name.split(' ');
    if (word !== undefined) groups.set(group, [...(groups.get(group) ?? []), word]);
  }
  return groups;
};

const bashScript = (commands: readonly Command[]): string => {
  const cases = commands.map((command) => `    "${command.name}"*) words="${wordsOf(command)}" ;;`);
  const groups = [...secondWords(commands)].map(
    ([group, words]) => `    "${group} "*) [[ $COMP_CWORD -eq 2 ]] && words="${words.join(' ')}" ;;`,
  );
  return `# hotpath completions for bash: eval "$(hotpath completions bash)"
_hotpath() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${firstWords(commands)} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[*]:1}" in
    "help "*) words="${firstWords(commands)}" ;;
    "completions "*) words="bash zsh fish --help" ;;
${[...cases, ...groups].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _hotpath hotpath
`;
};

const zshScript = (commands: readonly Command[]): string => `#compdef hotpath
# hotpath completions for zsh: eval "$(hotpath completions zsh)"
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -Uz bashcompinit && bashcompinit
${bashScript(commands)}`;

const quoteFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const fishScript = (commands: readonly Command[]): string => {
  const groups = secondWords(commands);
  const siblings = (group: string): string => groups.get(group)?.join(' ') ?? '';
  const lines = commands.flatMap((command) => {
    const [first = '', second] = command.name.split(' ');
    const seenFirst = `__fish_seen_subcommand_from ${first}`;
    const seen = quoteFish(
      second === undefined ? seenFirst : `${seenFirst}; and __fish_seen_subcommand_from ${second}`,
    );
    return [
      ...(second === undefined
        ? [`complete -c hotpath -n __fish_use_subcommand -a ${first} -d ${quoteFish(command.summary)}`]
        : [
            `complete -c hotpath -n __fish_use_subcommand -a ${first}`,
            `complete -c hotpath -f -n '${seenFirst}; and not __fish_seen_subcommand_from ${siblings(first)}' -a ${second} -d ${quoteFish(command.summary)}`,
          ]),
      ...flagsOf(command).map(
        ([name, { short, type, description }]) =>
          `complete -c hotpath -n ${seen} -l ${name}${short === undefined ? '' : ` -s ${short}`}${type === 'boolean' ? '' : ' -r'} -d ${quoteFish(description)}`,
      ),
    ];
  });
  return `# hotpath completions for fish: hotpath completions fish | source
${lines.join('\n')}
complete -c hotpath -f -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'
`;
};

const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export const completions = defineCommand({
  name: 'completions',
  summary: 'Print a completion script for bash, zsh or fish',
  argument: 'bash|zsh|fish',
  flags: {},
  examples: [
    `echo 'eval "$(hotpath completions bash)"' >> ~/.bashrc`,
    `echo 'eval "$(hotpath completions zsh)"' >> ~/.zshrc`,
    'hotpath completions fish > ~/.config/fish/completions/hotpath.fish',
  ],
  async run({ positionals, catalogue }) {
    const script = scripts[positionals[0] ?? ''];
    if (script === undefined || positionals.length !== 1) {
      throw usageError(`Name one shell: ${Object.keys(scripts).join(', ')}.`, 'completions');
    }
    await writeOut(script(await Promise.all(catalogue.map((entry) => entry.load()))));
    return 0;
  },
});
