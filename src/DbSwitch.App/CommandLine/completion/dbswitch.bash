# Completion of dbswitch for bash. Now: source <(dbswitch completion bash)
# For good: dbswitch completion bash > /etc/bash_completion.d/dbswitch
_dbswitch() {
    local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]} line
    # bash takes "=" and ":" for words of their own.
    COMPREPLY=()
    while read -r line; do COMPREPLY+=("$line"); done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2> /dev/null)
    # Nothing of ours: a file's name, as after --config.
    return 0
}
complete -o default -F _dbswitch dbswitch ./dbswitch
