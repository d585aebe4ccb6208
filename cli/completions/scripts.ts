/**
 * What the shells need to know: each asks `absurd complete` for the words that may come next.
 *
 * @module
 */

/** Shells that there is a script for. */
export type Shell = "bash" | "zsh" | "fish";

const BASH = `# absurd: completions for bash. To use them: source <(absurd completions bash)
_absurd() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <(absurd complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o filenames -F _absurd absurd
`;

const ZSH = `#compdef absurd
# absurd: completions for zsh. To use them: source <(absurd completions zsh)
_absurd() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      _files
    elif [[ $line == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done < <(absurd complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe 'absurd' found
}
compdef _absurd absurd
`;

const FISH = `# absurd: completions for fish. To use them: absurd completions fish | source
function __absurd_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    for line in (absurd complete -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline --current-token)
        else
            echo $line
        end
    end
end
complete --command absurd --no-files --arguments '(__absurd_complete)'
`;

/** The script for each shell. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
