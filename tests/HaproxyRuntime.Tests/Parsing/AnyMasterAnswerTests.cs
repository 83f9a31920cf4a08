using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Parsing;

/// <summary>Whatever a master, or the answer to a change, may hold: a parser returns, or throws <see cref="FormatException"/>, and nothing else. 120,000 cases.</summary>
public sealed class AnyMasterAnswerTests
{
    private static readonly string[] s_pieces =
    [
        "#<PID>          <type>          <reloads>       <uptime>        <version>      \n", "#<PID> <type> <relative PID> <reloads> <uptime> <version>\n", "# workers\n", "# old workers\n", "# programs\n",
        "# old programs\n", "\n", " ", "10000", "master ", "worker ", "0 [failed: 0] ", "[was: 1] ", "0d00h00m01s ", "-1d00h00m01s ", "99999d99h99m99s ", "99999999999", "3.2.26-1", "Success=1", "Success=0", "--\n",
        "Done.", "Failed.", "Wait delay expired.", "Interrupted.", "No such server.", "New backend registered.", "\0", "é", "-", "dev",
    ];

    private static readonly (string Name, Func<string, object> Parse)[] s_parsers =
    [
        ("master/show-proc-old-worker", MasterProcesses.Parse),
        ("master/reload-failed", ReloadResult.Parse),
        ("changing/wait-no-such-server", WaitResult.Parse),
        ("changing/set-map-no-such-key", CommandResult.Parse),
    ];

    [Fact]
    public void Random_bytes() => Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().Select(Encoding.UTF8.GetString), 10_000);

    [Fact]
    public void Random_pieces() => Check(Gen.Elements(s_pieces).ArrayOf().Select(string.Concat), 10_000);

    [Fact]
    public void Random_pieces_behind_a_header() => Check(Gen.Elements(s_pieces).ArrayOf().Select(pieces => s_pieces[0] + string.Concat(pieces) + "\n"), 5_000);

    [Fact]
    public void Random_versions() => Prop
        .ForAll(
            Arb.From(Gen.Choose(0, 12).ArrayOf().Select(parts => string.Join('.', parts))),
            text => !HaproxyVersion.TryParse(text, out var version) || new HaproxyCapabilities(version).All.All(IsCoherent))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithQuietOnSuccess(true));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_real_answer_with_some_random_changes(int parser) => Prop
        .ForAll(
            Arb.From(
                from version in Gen.Elements("3.2", "3.4")
                from at in Gen.Choose(0, 2_000).ArrayOf(3)
                from length in Gen.Choose(0, 30)
                from piece in Gen.Elements(s_pieces)
                select Changed(Transcript.Raw(version, s_parsers[parser].Name).Replace("master> ", "", StringComparison.Ordinal).TrimStart('\n'), at, length, piece)),
            answer => ReturnsOrThrowsFormatException(s_parsers[parser].Parse, answer))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(4_000).WithQuietOnSuccess(true));

    // Three at a time: cut out, put in, cut off.
    private static string Changed(string text, int[] at, int length, string piece)
    {
        var start = at[0] % (text.Length + 1);
        text = text.Remove(start, Math.Min(length, text.Length - start));
        text = text.Insert(at[1] % (text.Length + 1), piece);
        return at[2] % 3 == 0 ? text[..(at[2] % (text.Length + 1))] : text;
    }

    private static bool IsCoherent(FeatureSupport support) =>
        support.State == FeatureState.Available ? support is { Reason: "", AvailableSince: null } : support.Reason.Length > 0;

    private static void Check(Gen<string> answers, int cases) => Prop
        .ForAll(Arb.From(answers), answer => s_parsers.All(parser => ReturnsOrThrowsFormatException(parser.Parse, answer)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithEndSize(60).WithQuietOnSuccess(true));

    private static bool ReturnsOrThrowsFormatException(Func<string, object> parse, string answer)
    {
        try
        {
            return parse(answer) switch
            {
                // A list of processes has its master, first, and nothing that is not on a line of its own.
                MasterProcesses processes => processes.Master.Kind == MasterProcessKind.Master && processes.All.Count < answer.Split('\n').Length && processes.All.All(process => process.Pid >= 0),
                ReloadResult result => answer.StartsWith(result.Outcome == ReloadOutcome.Succeeded ? "Success=1" : "Success=0", StringComparison.Ordinal),
                WaitResult result => answer.Contains(result.Reason, StringComparison.Ordinal),
                CommandResult result => result.Outcome != CommandOutcome.Done || string.IsNullOrWhiteSpace(answer),
                _ => false,
            };
        }
        catch (FormatException)
        {
            return true;
        }
    }
}
