namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>The comparison with what was recorded outlives the packages that the transcripts were made of.</summary>
public sealed class RecordedTests
{
    public static TheoryData<string> Versions => [.. HaproxyVersions.Names, .. Transcript.BuiltVersions];

    [Theory, MemberData(nameof(Versions))]
    public void A_package_of_another_revision_or_patch_says_the_same(string version)
    {
        var recorded = Transcript.Raw(version, "master/show-proc").Split('\n').First(line => line.StartsWith("10000 ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        string[] others = [recorded + "u9", $"{version}.99-1~bpo13+2", $"{version}.7", $"{version}-dev3"];
        foreach (var other in others)
        {
            var comparison = new Recorded(version, HaproxyVersion.Parse(other));
            foreach (var name in AllNames(version))
            {
                var said = Transcript.Raw(version, name).Replace(recorded + "  ", other.PadRight(recorded.Length + 2), StringComparison.Ordinal).Replace(recorded, other, StringComparison.Ordinal);
                comparison.ShouldStillBe(name, said.Replace("2026/", "2031/", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Another_sentence_is_noticed()
    {
        const string Sentence = "No such server.";
        var raw = Transcript.Raw("3.0", "changing/disable-server-no-such-server");
        raw.ShouldContain(Sentence);
        var same = new Recorded("3.0", HaproxyVersion.Parse(Recordings("3.0")));

        // Of the very version that was recorded every word counts; of another patch what the library reads in it.
        Should.Throw<ShouldAssertException>(() => same.ShouldStillBe("changing/disable-server-no-such-server", raw.Replace(Sentence, "No such server. Sorry.", StringComparison.Ordinal)));
        var next = same with { Version = same.Version with { Patch = same.Version.Patch + 1 } };
        next.ShouldStillBe("changing/disable-server-no-such-server", raw.Replace(Sentence, "No such server. Sorry.", StringComparison.Ordinal));
        Should.Throw<ShouldAssertException>(() => next.ShouldStillBe("changing/disable-server-no-such-server", raw.Replace(Sentence, "What server?", StringComparison.Ordinal)));
        Should.Throw<ShouldAssertException>(() => next.ShouldStillBe("changing/disable-server-no-such-server", raw.Replace(Sentence, "No such backend.", StringComparison.Ordinal)));
        Should.Throw<ShouldAssertException>(() => next.ShouldStillBe("master/show-proc", Transcript.Raw("3.0", "master/show-proc").Replace("10001", "10002", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("10000  master  0  3.0.11-1+deb13u3", "10000  master  0  VERSION")]
    [InlineData("worker 3.4.0          \n", "worker VERSION\n")]
    [InlineData("haproxy version is 3.2.26-1\n", "haproxy version is VERSION\n")]
    [InlineData("3.5-dev5-abc", "VERSION")]
    [InlineData("server a 127.0.0.1:5432, 1.2.3.4, 2.6.1.9", "server a 127.0.0.1:5432, 1.2.3.4, 2.6.1.9")]
    [InlineData("weight 5 (initial 10), 1.5s, Release_date: 2026/05/20", "weight 5 (initial 10), 1.5s, Release_date: DATE")]
    public void A_version_is_told_from_an_address_and_from_a_number(string said, string compared) => Recorded.WithoutVersion(said).ShouldBe(compared);

    private static IEnumerable<string> AllNames(string version) =>
        [.. Transcript.Names(version), .. Transcript.Names(version, "changing").Select(name => "changing/" + name), .. Transcript.Names(version, "master").Select(name => "master/" + name)];

    private static string Recordings(string version) => Transcript.Answer(version, "show-version").Trim();
}
