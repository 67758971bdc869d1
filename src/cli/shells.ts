/**
 * The completion scripts. Each gives the words up to the cursor to `ittybit __complete`, as they are and without
 * `eval`, so that pressing Tab never runs what is being typed; no output means names of files, `:none` means nothing.
 */
export const shells: Readonly<Record<string, { install: string; script: string }>> = {
  bash: {
    install: "bash: echo 'source <(ittybit completion bash)' >> ~/.bashrc",
    script: `_ittybit() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :none ]]; then
      compopt +o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("$1" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ittybit ittybit
`,
  },
  zsh: {
    install: "zsh: echo 'source <(ittybit completion zsh)' >> ~/.zshrc, after compinit",
    script: `#compdef ittybit
_ittybit() {
  local line
  local -a lines candidates
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "\${lines[1]}" ]]; then
    compset -P '--*='
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ $line == :none ]] || candidates+=("\${\${\${\${line%$'\\t'}//:/\\\\:}/$'\\t'/:}}")
  done
  _describe 'ittybit' candidates
}
compdef _ittybit ittybit
`,
  },
  fish: {
    install: 'fish: ittybit completion fish > ~/.config/fish/completions/ittybit.fish',
    script: `function __ittybit_complete
    set -l words (commandline -opc)
    set -l lines ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $lines) -eq 0
        set -l assigned (string match -r '^--[^=]+=' -- (commandline -ct))
        string replace -r -- '^' "$assigned" (__fish_complete_path (string replace -r '^--[^=]+=' '' -- (commandline -ct)))
    else
        string match -v ':none' -- $lines
    end
end
complete -c ittybit -f -a '(__ittybit_complete)'
`,
  },
};
