using System.CommandLine;
using DbSwitch.Configuration.Values;

namespace DbSwitch.App.CommandLine;

/// <summary>What is wrong with a command line that is not understood, and which word may have been meant.</summary>
internal static class Complaints
{
    /// <summary>Each once.</summary>
    public static IEnumerable<string> Of(ParseResult parsed) => parsed.Errors.Select(e => e.Message + MeantBy(e.Message, parsed)).Distinct();

    // The library puts the word that it does not know in quotes, and tells it in no other way.
    private static string MeantBy(string message, ParseResult parsed) =>
        parsed.UnmatchedTokens.FirstOrDefault(word => message.Contains($"'{word}'", StringComparison.Ordinal)) is { } unknown
            && Suggestion.For(unknown.Split('=')[0], Known(parsed.CommandResult.Command)) is { Length: > 0 } meant
                ? $" {char.ToUpperInvariant(meant[2])}{meant[3..]}"
                : "";

    private static IEnumerable<string> Known(Command command) =>
    [
        .. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name),
        .. command.Options.Where(o => !o.Hidden).Select(o => o.Name),
        .. command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive && !o.Hidden)).Select(o => o.Name),
    ];
}
