using System.Text.Json;

namespace DbSwitch.Tests.Serving;

/// <summary>How a command ended, and what it said.</summary>
internal sealed record CommandEnd(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Exit code and both outputs at once, so that a failed test shows all of them.</summary>
    public void ShouldBe(int exitCode, string? output = null, string? error = null)
    {
        ExitCode.ShouldBe(exitCode, $"It said: {Output}{Error}");
        Contains(Output, output);
        Contains(Error, error);
        Error.ShouldNotContain("   at ", Case.Sensitive, "A stack trace is no sentence.");
    }

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
