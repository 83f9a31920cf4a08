using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Parsing;

/// <summary>The same as <see cref="AnyAnswerTests"/> for the parsers of the other reading commands: 108,000 cases, and each of the first 20,000 goes to every parser.</summary>
public sealed class AnyReadingTests
{
    private const string Interesting = ":,-[]#=\"() \t\n\r\0/.\\0189xé\u2028\uFFFD";

    private static readonly string[] Pieces =
    [
        "# ", "\n", "0x1: ", "0x1 ", " key=", "key=a use=1 exp=2", " use=0", " exp=", "# table: ", ", type: ", ", size:", ", used:", "# name\n", "# id (file) description\n", "1 (", ") ", " curr_ver=", "next_ver=1",
        " entry_cnt=9", "pxname,svname,type,status,", ",\"a,b\"", "\"\"", ",,,,,", "bkname/svname ", "bkid/svid addr port - ", "Total events captured on [", "] : 1", "[22/Nov/2026:15:31:05.490] frontend a (#1): invalid request",
        "99999999999999999999", "-1", "age=", "1d2h", "?", "(10000)=1",
    ];

    private static readonly (string Name, Func<string, object> Parse)[] s_parsers =
    [
        ("show-stat", ProxyStatistics.ParseAll),
        ("show-servers-conn", ServerConnections.ParseAll),
        ("show-map", PatternList.ParseAll),
        ("show-acl", PatternList.ParseAll),
        ("show-map-entries", MapEntry.ParseAll),
        ("show-acl-entries", AclEntry.ParseAll),
        ("show-table", StickTable.ParseAll),
        ("show-table-entries", StickTableContents.Parse),
        ("show-errors", CapturedErrors.Parse),
        ("show-backend", answer => new Saying(answer).Ask(api => api.ShowBackendsAsync())),
        ("show-sess-queued", answer => new Saying(answer).Ask(api => api.ShowSessionsAsync(SessionFilter.OfServer("b", "s")))),
    ];

    [Fact]
    public void Random_bytes() => Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().Select(Encoding.UTF8.GetString), 5_000);

    [Fact]
    public void Random_lines() => Check(
        from lines in Gen.Elements(Pieces).ArrayOf().Select(string.Concat).ArrayOf()
        select string.Concat(lines.Take(20).Select(line => line + "\n")),
        8_000);

    [Fact]
    public void Random_pieces() => Check(Gen.Elements(Pieces).ArrayOf().Select(string.Concat), 7_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void A_real_answer_with_some_random_changes(int parser) => Prop
        .ForAll(
            Arb.From(
                from version in Gen.Elements(HaproxyVersions.Names.ToArray())
                from count in Gen.Choose(1, 4)
                from changes in AnswerChange.Any(Interesting, Pieces).ListOf(count)
                select changes.Aggregate(Transcript.Answer(version, s_parsers[parser].Name), (text, change) => change(text))),
            answer => ReturnsOrThrowsFormatException(s_parsers[parser].Parse, answer))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(8_000).WithQuietOnSuccess(true));

    [Theory, EveryHaproxy]
    public void Cut_anywhere_but_at_the_end_of_a_line_it_is_no_answer(string version)
    {
        foreach (var (name, parse) in s_parsers)
        {
            var answer = Transcript.Answer(version, name);
            parse(answer).ShouldNotBeNull();
            for (var length = 1; length < answer.Length; length++)
            {
                if (answer[length - 1] != '\n')
                {
                    Should.Throw<FormatException>(() => parse(answer[..length]), $"{name} cut after {length}");
                }
            }
        }
    }

    private static void Check(Gen<string> answers, int cases) => Prop
        .ForAll(Arb.From(answers), answer => s_parsers.All(parser => ReturnsOrThrowsFormatException(parser.Parse, answer)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithEndSize(200).WithQuietOnSuccess(true));

    private static bool ReturnsOrThrowsFormatException(Func<string, object> parse, string answer)
    {
        object value;
        try
        {
            value = parse(answer);
        }
        catch (FormatException)
        {
            return true;
        }

        // What was read has a complete last line, and as many values as lines at most; each column of a row can be asked for.
        var lines = answer.Count(c => c == '\n');
        return answer is [] or [.., '\n'] && value switch
        {
            IReadOnlyList<ProxyStatistics> rows => rows.Count < lines && rows.All(row => row.Proxy.Length > 0 && row.Columns.All(column => row[column] is null or { Length: > 0 })),
            IReadOnlyList<ServerConnections> servers => servers.Count < lines && servers.All(s => s is { Backend.Length: > 0, Name.Length: > 0, Used: >= 0, Port: >= 0 }),
            IReadOnlyList<PatternList> lists => lists.Count < lines && lists.All(list => list.File is null or { Length: > 0 }),
            IReadOnlyList<MapEntry> entries => entries.Count <= lines && entries.All(e => e.Reference.StartsWith("0x", StringComparison.Ordinal) && !e.Key.Contains(' ')),
            IReadOnlyList<AclEntry> entries => entries.Count <= lines,
            IReadOnlyList<StickTable> tables => tables.Count <= lines && tables.All(t => t is { Size: >= 0, Used: >= 0 }),
            StickTableContents contents => contents.Entries.Count < lines && contents.Entries.All(e => e is { Uses: >= 0, Expires.Ticks: >= 0 } && e["nothing"] is null),
            CapturedErrors errors => errors.Total >= 0 && errors.Errors.Count < lines,
            IReadOnlyList<string> names => names.Count < lines && names.All(name => RuntimeCommand.ShowServersState(name).Text.EndsWith(name, StringComparison.Ordinal)),
            IReadOnlyList<SessionState> sessions => sessions.All(s => s is { Backend: "b", Server: "s" }),
            _ => false,
        };
    }

    /// <summary>An HAProxy that always says the same.</summary>
    private sealed class Saying(string answer) : RuntimeApi(new RuntimeEndpoint.Unix("/none"), new RuntimeOptions())
    {
        public override Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default) => Task.FromResult(answer);

        public object Ask<T>(Func<RuntimeApi, Task<T>> ask)
            where T : class
        {
            try
            {
                return ask(this).GetAwaiter().GetResult();
            }
            catch (RuntimeApiException e) when (e is { Error: RuntimeApiError.Unexpected or RuntimeApiError.Refused, InnerException: FormatException format })
            {
                throw format;
            }
        }
    }
}
