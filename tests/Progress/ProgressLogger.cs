using Microsoft.VisualStudio.TestPlatform.ObjectModel;
using Microsoft.VisualStudio.TestPlatform.ObjectModel.Client;

namespace DbSwitch.Testing.Progress;

/// <summary>
/// Writes a line to a file as soon as a test has ended, for whoever waits: <c>dotnet test --logger "progress;File=PATH"</c>. What dotnet test itself prints, and when,
/// differs between its versions. <c>scripts/test-progress</c> reads it.
/// </summary>
[FriendlyName("progress")]
[ExtensionUri("logger://dbswitch/progress")]
public sealed class ProgressLogger : ITestLoggerWithParameters
{
    /// <inheritdoc/>
    public void Initialize(TestLoggerEvents events, Dictionary<string, string?> parameters)
    {
        if (parameters?.GetValueOrDefault("File") is not { } file)
        {
            throw new ArgumentException("Which file? --logger \"progress;File=PATH\"", nameof(parameters));
        }

        ArgumentNullException.ThrowIfNull(events);
        events.TestResult += (_, ended) => File.AppendAllText(file, LineOf(ended.Result) + "\n");
    }

    /// <inheritdoc/>
    public void Initialize(TestLoggerEvents events, string testRunDirectory) => throw new ArgumentException("Which file? --logger \"progress;File=PATH\"", nameof(testRunDirectory));

    /// <summary>Outcome, seconds, name and message, with tabs between them.</summary>
    public static string LineOf(TestResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var outcome = result.Outcome switch
        {
            TestOutcome.Passed => "passed",
            TestOutcome.Failed => "failed",
            _ => "skipped",
        };
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{outcome}\t{result.Duration.TotalSeconds:0.0}\t{OneLine(result.TestCase.DisplayName)}\t{OneLine(result.ErrorMessage)}");
    }

    // A message of several lines is one line of the file.
    private static string OneLine(string? text) => (text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
}
