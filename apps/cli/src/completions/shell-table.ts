import type { Command } from '../command.ts';
import {
  argumentKind,
  firstWords,
  type Material,
  repeatsArgument,
  secondWords,
  type ValueKind,
  valuedFlags,
  wordsOf,
} from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

// Of several words, a bar tells them from the name of a kind.
const kindText = (kind: ValueKind | undefined): string => (typeof kind === 'object' ? kind.join('|') : (kind ?? ''));

const row = (command: Command): string => {
  const values = valuedFlags(command).flatMap(([spellings, kind]) =>
    spellings.map((spelling) => `${spelling}=${kindText(kind)}`),
  );
  return [
    `    ${quote(command.name)}${command.name.includes(' ') ? ')' : "' '*)"} depth=${command.name.split(' ').length}`,
    `flags=${quote(wordsOf(command).join(' '))}`,
    `values=${quote(` ${values.join(' ')} `)}`,
    `argument=${quote(kindText(argumentKind(command)))}`,
    `repeats=${repeatsArgument(command) ? 1 : 0}`,
    `passes=${command.passesThrough === true ? 1 : 0} ;;`,
  ].join(' ');
};

/**
 * Functions that bash (3.2 and later) and zsh understand alike: nothing here is an array. `_hotpath_next` finds out what the word
 * under the cursor can be: its `kind`, and what it begins with (`lead`, and `typed` after that). For a command line within ours,
 * `at` is the number of words before it.
 */
export const shellTable = ({ commands, modelsFile, settings }: Material): string => {
  const groups = [...secondWords(commands)].map(
    ([group, words]) => `    ${quote(group)}' '*) depth=0 flags=${quote(words.join(' '))} ;;`,
  );
  const first = firstWords(commands).join(' ');
  return `_hotpath_command() {
  case "$1 $2" in
${commands
  .filter(({ name }) => name.includes(' '))
  .map(row)
  .join('\n')}
${commands
  .filter(({ name }) => !name.includes(' '))
  .map(row)
  .join('\n')}
${groups.join('\n')}
  esac
}
_hotpath_words() {
  case "$1" in
    models|model-list) cat ${quote(modelsFile)} ;;
    settings) printf '%s\\n' ${settings.map(quote).join(' ')} ;;
    templates|conversations) command hotpath "$1" list | sed 's/ .*//' ;;
    keys|providers) command hotpath "$1" list | sed '1d;s/ .*//' ;;
    *) printf '%s\\n' "$1" | tr '| ' '\\n\\n' ;;
  esac 2>/dev/null
}
_hotpath_value_of() {
  case "$values" in
    *" $1="*) kind="\${values#*" $1="}" kind="\${kind%% *}" ;;
    *) return 1 ;;
  esac
}
_hotpath_next() {
  local depth="" flags="" values="" argument="" repeats=0 passes=0 seen=0 awaits=0
  typed="$1" lead="" kind="" at=0
  shift
  if [ $# -eq 0 ]; then kind=${quote(`${first} --help --version`)}; return; fi
  if [ "$1" = help ]; then
    shift
    if [ $# -eq 0 ]; then kind=${quote(first)}; return; fi
    _hotpath_command "$1" ""
    if [ "$depth" = 0 ] && [ $# -eq 1 ]; then kind="$flags"; fi
    return
  fi
  _hotpath_command "$1" "$2"
  case "$depth" in
    "") return ;;
    0) if [ $# -eq 1 ]; then kind="$flags"; fi; return ;;
  esac
  shift "$depth"
  at=$((depth + 1))
  while [ $# -gt 0 ]; do
    if [ "$awaits" = 1 ]; then awaits=0
    elif [ "$1" = -- ]; then
      if [ "$passes" = 1 ]; then
        if [ $# -eq 1 ]; then kind=program; else at=$((at + 1)) kind=line; fi
        return
      fi
      values="" flags=""
    else
      case "$1" in
        --*=*) ;;
        -?*) if _hotpath_value_of "$1"; then awaits=1; fi ;;
        *)
          if [ "$passes" = 1 ]; then kind=line; return; fi
          seen=$((seen + 1)) ;;
      esac
    fi
    shift
    at=$((at + 1))
  done
  if [ "$awaits" = 1 ]; then
    if [ "$kind" = anything ]; then kind=nothing; fi
  else
    kind=""
    case "$typed" in
      --*=*)
        lead="\${typed%%=*}="
        _hotpath_value_of "\${typed%%=*}" || true
        if [ "$kind" = anything ]; then kind=nothing; fi
        typed="\${typed#*=}" ;;
      -*) kind="$flags" ;;
      *)
        if [ "$seen" = 0 ] || [ "$repeats" = 1 ]; then kind="$argument"; fi
        # What nobody can name: the options then, until something is typed.
        case "$kind:$typed" in
          :*|anything:) kind="$flags" ;;
        esac ;;
    esac
  fi
  if [ "$kind" = model-list ]; then
    case "$typed" in
      *,*) lead="$lead\${typed%,*}," typed="\${typed##*,}" ;;
    esac
  fi
}`;
};
