import { shellTable } from './shell-table.ts';
import type { Material } from './words.ts';

// Where there is no word to offer, `-o default` completes the names of files.
const driver = `_hotpath() {
  local kind typed lead at current word i breaks broken="" rest="\${COMP_LINE:0:COMP_POINT}"
  local -a line=() starts=()
  # Bash ends a word at a colon and at an equals sign too, which names of models and options have; other shells do not.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ i -eq 0 || "$rest" == [[:space:]]* ]]; then
      rest="\${rest#"\${rest%%[![:space:]]*}"}"
      line+=("") starts+=("$i")
    fi
    if [[ i -eq COMP_CWORD ]]; then word="$rest"; fi
    line[\${#line[@]}-1]+="$word"
    rest="\${rest#"$word"}"
  done
  current="\${line[\${#line[@]}-1]}"
  unset "line[\${#line[@]}-1]"
  _hotpath_next "$current" "\${line[@]:1}"
  COMPREPLY=()
  case "$kind" in
    ""|files|anything) return ;;
    nothing) compopt +o default 2>/dev/null; return ;;
    program) COMPREPLY=($(compgen -c -- "$typed")); return ;;
    line)
      if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "\${starts[at]}"
      elif declare -F _command_offset >/dev/null; then _command_offset "\${starts[at]}"
      fi
      return ;;
  esac
  local IFS=$'\\n'
  COMPREPLY=($(compgen -P "$lead" -W "$(_hotpath_words "$kind")" -- "$typed"))
  # What stands before the last of those signs is there already.
  breaks="\${COMP_WORDBREAKS//[^:=]/}"
  if [[ -n "$breaks" && "$current" == *["$breaks"]* ]]; then
    broken="\${current%"\${current##*["$breaks"]}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$broken"}")
  fi
}
complete -o default -F _hotpath hotpath`;

export const bashScript = (
  material: Material,
): string => `# hotpath completions for bash: eval "$(hotpath completions bash)"
${shellTable(material)}
${driver}
`;
