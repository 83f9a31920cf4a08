using System.Text.Json;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Stage;

/// <summary>How a command ended, and what it said.</summary>
internal sealed partial record CommandEnd(int ExitCode, string Output, string Error)
{
    /// <summary>The phases that <c>select</c> showed on standard error; <see cref="Error"/> is without them.</summary>
    public IReadOnlyList<string> Phases { get; private init; } = [];

    public static CommandEnd Of(int exitCode, string output, string error)
    {
        var lines = error.Split('\n');
        var phases = lines.Where(l => Phase().IsMatch(l)).ToList();
        return new CommandEnd(exitCode, output, string.Join('\n', lines.Except(phases))) { Phases = phases };
    }

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Exit code and both outputs at once, so that a failed test shows all of them.</summary>
    public void ShouldBe(int exitCode, string? output = null, string? error = null)
    {
        ExitCode.ShouldBe(exitCode, $"It said: {Output}{Error}");
        Contains(Output, output);
        Contains(Error, error);
        Error.ShouldNotContain("   at ", Case.Sensitive, "A stack trace is no sentence.");
    }

    [GeneratedRegex(@"^[\w.-]+: switchover \d+ to [\w.-]+: [a-z]+$")]
    private static partial Regex Phase();

    private static void Contains(string text, string? part)
    {
        if (part is null)
        {
            return;
        }

        if (part.Length == 0)
        {
            text.ShouldBeEmpty();
        }
        else
        {
            text.ShouldContain(part, Case.Sensitive);
        }
    }
}
