#compdef dbswitch
# Completion of dbswitch for zsh. Now: source <(dbswitch completion zsh)
# For good: dbswitch completion zsh > "${fpath[1]}/_dbswitch"
_dbswitch() {
    local -a found
    found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2> /dev/null)}")
    found=("${(@)found:#}")
    if (( ${#found} )); then compadd -- "${found[@]}"; else _files; fi
}
if [ "${funcstack[1]}" = _dbswitch ]; then _dbswitch "$@"; else compdef _dbswitch dbswitch; fi
