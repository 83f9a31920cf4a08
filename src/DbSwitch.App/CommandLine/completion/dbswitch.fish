# Completion of dbswitch for fish. Now: dbswitch completion fish | source
# For good: dbswitch completion fish > ~/.config/fish/completions/dbswitch.fish
function __dbswitch_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] complete -- $words[2..-1] 2> /dev/null
end
complete -c dbswitch -f -a '(__dbswitch_complete)'
complete -c dbswitch -l config -r -F
