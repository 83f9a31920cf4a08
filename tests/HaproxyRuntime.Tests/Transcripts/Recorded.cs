using System.Text;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>
/// What a live HAProxy says, beside what was recorded of its branch. Packages move on: the version, the packager's revision and the date are others on
/// every fresh machine, and no test may fail of that.
/// </summary>
/// <param name="Branch">The folder of transcripts: 3.2, or 3.4 where that is what Debian's sid carries by now.</param>
/// <param name="Version">The live one's.</param>
internal sealed partial record Recorded(string Branch, HaproxyVersion Version)
{
    /// <summary>Whether everything is recorded anew instead of compared.</summary>
    public static bool Anew { get; } = Environment.GetEnvironmentVariable("RECORD_TRANSCRIPTS") == "1";

    /// <summary>What is compared with what that binary says. The test is skipped where its branch is a new one, of which nothing was recorded.</summary>
    /// <param name="version">See <see cref="HaproxyBinary.For"/>.</param>
    /// <param name="first">A transcript that every branch has.</param>
    public static Recorded Of(string version, string first)
    {
        var live = HaproxyBinary.VersionOf(version);
        var branch = $"{live.Major}.{live.Minor}";
        Assert.SkipUnless(Anew || File.Exists(Transcript.PathOf(branch, first)), $"Nothing was recorded of HAProxy {branch}, which is what is installed as {version} (Transcripts/README.md says how to record it).");
        return new Recorded(branch, live);
    }

    /// <summary>Records what was said, or compares it.</summary>
    /// <param name="compared">Whether it is the same each time: what tells of counters and of times is not.</param>
    public async Task KeepAsync(string name, string said, bool compared = true)
    {
        if (Anew)
        {
            var path = Transcript.PathOf(Branch, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, said, Encoding.Latin1);
        }
        else if (compared)
        {
            ShouldStillBe(name, said);
        }
    }

    /// <summary>The sentences must be the recorded ones. A later patch may have found better words for one; the library must then read the same in it.</summary>
    public void ShouldStillBe(string name, string said)
    {
        var recorded = Transcript.Raw(Branch, name);
        if (Version != HaproxyVersion.Parse(FullVersion.Match(Transcript.Raw(Branch, "master/show-proc")).Value) && Meaning(said) is { } meaning && meaning == Meaning(recorded))
        {
            return;
        }

        WithoutVersion(said).ShouldBe(WithoutVersion(recorded), name);
    }

    /// <summary>The same text whichever package of HAProxy has said it.</summary>
    public static string WithoutVersion(string said) => Date.Replace(FullVersion.Replace(said, "VERSION"), "DATE");

    private static CommandOutcome? Meaning(string said)
    {
        try
        {
            return string.IsNullOrWhiteSpace(said.Replace("> ", "", StringComparison.Ordinal)) ? null : CommandResult.Parse(said).Outcome;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // 3.0.11-1+deb13u3, 3.5-dev5, with the blanks that fill its column; no address of four numbers, and nothing that a digit or a letter stands before.
    [GeneratedRegex(@"(?<![\w.])[1-9]\.[0-9]{1,2}(\.[0-9]{1,3}|-dev[0-9]+)(?![0-9]|\.[0-9])[-+~.\w]* *")]
    private static partial Regex FullVersion { get; }

    [GeneratedRegex("20[0-9]{2}/[0-9]{2}/[0-9]{2}")]
    private static partial Regex Date { get; }
}
