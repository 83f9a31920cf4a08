using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Parsing;

/// <summary>Whatever HAProxy, or something else, may answer: a parser returns, or throws <see cref="FormatException"/>, and nothing else. 105,000 cases.</summary>
public sealed class AnyAnswerTests
{
    private const string Interesting = ":,-[]#= \t\n\r\0/.\\0189xé\u2028\uFFFD";

    private static readonly string[] Pieces =
    [
        "1\n", "# ", "\n", "0x1: ", " src=", " fe=", " be=", " srv=", " srv=<none>", " scb=[8,", " scb=[", " s1=", "be_name ", "srv_id", "-1", "99999999999999999999", "::1", "Pid: ", "Version: ",
        "Stopping: 1\n", "Uptime_sec: ", "New server registered.", "No such server.", "changed from '", "\n> ", "Permission denied\n",
    ];

    private static readonly (string Name, Func<string, object> Parse)[] s_parsers =
    [
        ("show-sess-established", answer => SessionState.ParseAll(answer)),
        ("show-servers-state", answer => ServerState.ParseAll(answer)),
        ("show-info", ProcessInfo.Parse),
        ("del-server", CommandResult.Parse),
        ("set-server-addr", CommandResult.Parse),
    ];

    [Fact]
    public void Random_bytes() => Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().Select(Encoding.UTF8.GetString), 3_000);

    [Fact]
    public void Random_lines() => Check(
        from lines in Gen.Elements(Pieces).ArrayOf().Select(string.Concat).ArrayOf()
        select string.Concat(lines.Take(20).Select(line => line + "\n")),
        5_000);

    [Fact]
    public void Random_pieces() => Check(Gen.Elements(Pieces).ArrayOf().Select(string.Concat), 5_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_real_answer_with_some_random_changes(int parser) => Prop
        .ForAll(
            Arb.From(
                from version in Gen.Elements(HaproxyVersions.Names.ToArray())
                from count in Gen.Choose(1, 4)
                from changes in AnswerChange.Any(Interesting, Pieces).ListOf(count)
                select changes.Aggregate(Transcript.Answer(version, s_parsers[parser].Name), (text, change) => change(text))),
            answer => ReturnsOrThrowsFormatException(s_parsers[parser].Parse, answer))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(8_000).WithQuietOnSuccess(true));

    private static void Check(Gen<string> answers, int cases) => Prop
        .ForAll(Arb.From(answers), answer => s_parsers.All(parser => ReturnsOrThrowsFormatException(parser.Parse, answer)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithEndSize(200).WithQuietOnSuccess(true));

    private static bool ReturnsOrThrowsFormatException(Func<string, object> parse, string answer)
    {
        try
        {
            // No session is a proof, so it never comes of nothing; and every id can be named in a command.
            return parse(answer) switch
            {
                IReadOnlyList<SessionState> sessions => sessions.Count > 0 && sessions.All(s => RuntimeCommand.ShutdownSession(s.Id).ChangesState),
                IReadOnlyList<ServerState> servers => servers.Count <= answer.Count(c => c == '\n') - 2 && servers.All(s => s.SinceLastChange >= TimeSpan.Zero),
                ProcessInfo process => process is { Pid: >= 0, MaximumConnections: >= 0, CurrentConnections: >= 0, StartTime: >= 0 },
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
