import { shellTable } from './shell-table.ts';
import type { Material } from './words.ts';

const driver = `_hotpath() {
  local kind typed lead at
  local -a before found
  before=("\${(@Q)words[2,CURRENT-1]}")
  _hotpath_next "$PREFIX" "$before[@]"
  [[ "$lead" == *= ]] && compset -P '*='
  case "$kind" in
    ''|nothing) return 1 ;;
    files|anything) _files ;;
    program) _command_names -e ;;
    line)
      shift "$at" words
      (( CURRENT -= at ))
      _normal ;;
    *)
      [[ "$kind" == model-list ]] && compset -P '*,'
      found=(\${(f)"$(_hotpath_words "$kind")"})
      compadd -a found ;;
  esac
}
# Sourced it is told of; as a file of the folders that zsh looks into, it is the function itself.
if [[ "\${funcstack[1]}" == _hotpath ]]; then
  _hotpath "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _hotpath hotpath
fi`;

export const zshScript = (material: Material): string => `#compdef hotpath
# hotpath completions for zsh: eval "$(hotpath completions zsh)"
${shellTable(material)}
${driver}
`;
