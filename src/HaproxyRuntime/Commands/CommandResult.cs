namespace HaproxyRuntime;

/// <summary>HAProxy's complete answer to a command that changes state.</summary>
/// <param name="Outcome">What it means.</param>
/// <param name="Answer">Its words, without surrounding white space.</param>
public sealed record CommandResult(CommandOutcome Outcome, string Answer)
{
    /// <summary>Whether the command did what it was for, or found it done.</summary>
    public bool Succeeded => Outcome is CommandOutcome.Done or CommandOutcome.Registered or CommandOutcome.Deleted or CommandOutcome.AddressChanged or CommandOutcome.NothingChanged
        or CommandOutcome.BackendRegistered or CommandOutcome.Published or CommandOutcome.Unpublished or CommandOutcome.BackendDeleted;

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
        foreach (var (sentence, outcome) in CommandSentences.All)
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
