namespace HaproxyRuntime;

/// <summary>HAProxy's complete answer to a command that changes state.</summary>
/// <param name="Outcome">What it means.</param>
/// <param name="Answer">Its words, without surrounding white space.</param>
public sealed record CommandResult(CommandOutcome Outcome, string Answer)
{
    // HAProxy answers in sentences, not codes. These are the sentences of src/server.c, cli.c, proxy.c and stream.c from 2.4 to 3.4; an answer may
    // carry warnings before the sentence, so each is looked for anywhere in it. The first that is found counts.
    private static readonly (string Sentence, CommandOutcome Outcome)[] Sentences =
    [
        ("New server registered.", CommandOutcome.Registered),
        ("Server deleted.", CommandOutcome.Deleted),
        ("Already exists a server with the same name in backend", CommandOutcome.AlreadyExists),
        ("Server still has connections attached to it", CommandOutcome.StillHasConnections),
        ("Only servers in maintenance mode can be deleted", CommandOutcome.NotInMaintenance),
        ("This server cannot be removed at runtime due to other configuration elements pointing to it", CommandOutcome.PinnedByConfiguration),
        ("Only servers added at runtime via <add server> CLI cmd can be deleted", CommandOutcome.PinnedByConfiguration),
        ("No such server", CommandOutcome.NoSuchServer),
        ("No such backend", CommandOutcome.NoSuchBackend),
        ("Can't find backend", CommandOutcome.NoSuchBackend),
        ("No such session", CommandOutcome.NoSuchSession),
        ("Backend must use a dynamic load balancing", CommandOutcome.StaticBalancing),
        ("Session not found.", CommandOutcome.NoSuchSession),
        ("No such proxy.", CommandOutcome.Refused),
        ("No such table", CommandOutcome.Refused),
        ("Unknown map identifier", CommandOutcome.Refused),
        ("Unknown ACL identifier", CommandOutcome.Refused),
        ("contents not dumped due to insufficient privileges", CommandOutcome.PermissionDenied),
        ("Proxy is disabled", CommandOutcome.ProxyIsDisabled),
        ("Permission denied", CommandOutcome.PermissionDenied),
        ("Unknown command", CommandOutcome.UnknownCommand),
        ("restricted to experimental mode only", CommandOutcome.ExperimentalOnly),
        // 2.6 may say both, one for the address and one for the port: then something changed.
        ("changed from '", CommandOutcome.AddressChanged),
        ("no need to change the addr", CommandOutcome.NothingChanged),
        ("nothing changed", CommandOutcome.NothingChanged),
        ("Require 'backend/server'", CommandOutcome.Refused),
        ("Invalid addr", CommandOutcome.Refused),
        ("Update for the current server address family", CommandOutcome.Refused),
        ("option is not accepted for dynamic server", CommandOutcome.Refused),
        ("unknown keyword '", CommandOutcome.Refused),
        ("'set server <srv> state' expects", CommandOutcome.Refused),
        ("expects <name> and <addr>", CommandOutcome.Refused),
        ("Dynamic servers cannot be used with log backends", CommandOutcome.Refused),
        ("Cannot attach server", CommandOutcome.Refused),
        ("Health check was not configured on this server", CommandOutcome.Refused),
        ("The command line is too big", CommandOutcome.Refused),
        ("Too many arguments", CommandOutcome.Refused),
    ];

    /// <summary>Whether the command did what it was for, or found it done.</summary>
    public bool Succeeded => Outcome is CommandOutcome.Done or CommandOutcome.Registered or CommandOutcome.Deleted or CommandOutcome.AddressChanged or CommandOutcome.NothingChanged;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">It is none of HAProxy's sentences.</exception>
    public static CommandResult Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Recognize(answer) ?? (string.IsNullOrWhiteSpace(answer)
            ? new CommandResult(CommandOutcome.Done, "")
            : throw new FormatException($"\"{Excerpt(answer)}\""));
    }

    /// <summary>The known sentence in an answer, or null.</summary>
    internal static CommandResult? Recognize(string answer)
    {
        foreach (var (sentence, outcome) in Sentences)
        {
            if (answer.Contains(sentence, StringComparison.OrdinalIgnoreCase))
            {
                // Of an answer that lists every command there is, its first line says enough.
                var words = outcome == CommandOutcome.UnknownCommand ? answer.TrimStart().Split('\n', 2)[0] : answer;
                return new CommandResult(outcome, words.Trim());
            }
        }

        return null;
    }

    internal static string Excerpt(string text)
    {
        var line = string.Concat(text.Trim().Take(120).Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length < text.Trim().Length ? line + "…" : line;
    }
}
