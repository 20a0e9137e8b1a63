import type { Command } from '../command.ts';
import { firstWords, type Material, secondWords, shells, valuedFlags, wordsOf } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What may follow a flag of this command that wants a value. Without words, bash completes file names. */
const valueCases = (command: Command, modelsFile: string): string =>
  valuedFlags(command)
    .flatMap(([spellings, kind]) => {
      if (kind === 'files') return [`${spellings.join('|')}) return ;;`];
      if (kind === 'models') return [`${spellings.join('|')}) words="$(cat ${quote(modelsFile)} 2>/dev/null)" ;;`];
      return typeof kind === 'string' ? [] : [`${spellings.join('|')}) words="${kind.join(' ')}" ;;`];
    })
    .join(' ');

export const bashScript = ({ commands, modelsFile }: Material): string => {
  const cases = commands.map((command) => {
    const values = valueCases(command, modelsFile);
    const inner = values === '' ? '' : ` case "$previous" in ${values} esac`;
    return `    "${command.name} "*) words="${wordsOf(command).join(' ')}";${inner} ;;`;
  });
  const groups = [...secondWords(commands)].map(
    ([group, words]) => `    "${group} "*) [[ $COMP_CWORD -eq 2 ]] && words="${words.join(' ')}" ;;`,
  );
  const first = firstWords(commands).join(' ');
  return `# hotpath completions for bash: eval "$(hotpath completions bash)"
_hotpath() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" broken=""
  # Bash ends a word at a colon, which names of models have; other shells do not.
  local before="\${COMP_LINE:0:COMP_POINT}"
  local typed="\${before##*[[:space:]]}"
  if [[ "$typed" == *:* && "$typed" != "$current" ]]; then
    broken="\${typed%"\${typed##*:}"}" current="$typed" before="\${before%"$typed"}"
    before="\${before%"\${before##*[![:space:]]}"}"
    previous="\${before##*[[:space:]]}"
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${first} --help --version" -- "$current"))
    return
  fi
  COMPREPLY=()
  case "\${COMP_WORDS[*]:1} " in
    "help "*) words="${first}" ;;
    "completions "*) words="${shells.join(' ')} --help" ;;
${[...cases, ...groups].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ -z "$broken" ]] || COMPREPLY=("\${COMPREPLY[@]#"$broken"}")
}
complete -o default -F _hotpath hotpath
`;
};

export const zshScript = (material: Material): string => `#compdef hotpath
# hotpath completions for zsh: eval "$(hotpath completions zsh)"
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -Uz bashcompinit && bashcompinit
${bashScript(material)}`;
