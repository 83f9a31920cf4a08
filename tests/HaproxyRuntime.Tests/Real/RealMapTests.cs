namespace HaproxyRuntime.Tests.Real;

/// <summary>Maps and ACLs of a real HAProxy, changed and read back: what was written is what is there, whatever characters it has.</summary>
public sealed class RealMapTests : IDisposable
{
    private static readonly string[] s_difficult =
    [
        "plain", "two words", " a space first", "a space last ", "a;show info", @"back\slash", @"ends in one\", @"\\", @"\;", @"\ ", ";", "\"quoted\"", "'single'", "#hash", "$dollar",
        "é€😀", "> prompt", "#0", "a<b", "=", "%[src]", "it's 100%",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw maps ;").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task What_was_written_is_what_is_there(string version)
    {
        var (map, acl, haproxy) = await StartAsync(version);
        await using var _ = haproxy;
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        foreach (var api in (RuntimeApi[])[session, new RuntimeClient(haproxy.ApiEndpoint)])
        {
            foreach (var word in s_difficult)
            {
                await ExpectAsync(api, RuntimeCommand.AddMap(map, word, "before"), CommandOutcome.Done);
                await ExpectAsync(api, RuntimeCommand.SetMap(map, word, word), CommandOutcome.Done);
                await ExpectAsync(api, RuntimeCommand.AddAcl(acl, word), CommandOutcome.Done);
            }

            // A line is the entry's reference, its key and its value.
            (await LinesAsync(api, "map", map)).ShouldBe([.. s_difficult.Select(word => $"{word} {word}")]);
            (await LinesAsync(api, "acl", acl)).ShouldBe(s_difficult);
            foreach (var word in s_difficult)
            {
                await ExpectAsync(api, RuntimeCommand.DeleteMap(map, word), CommandOutcome.Done);
                await ExpectAsync(api, RuntimeCommand.DeleteMap(map, word), CommandOutcome.NoSuchKey);
                await ExpectAsync(api, RuntimeCommand.SetMap(map, word, word), CommandOutcome.NoSuchKey);
                await ExpectAsync(api, RuntimeCommand.DeleteAcl(acl, word), CommandOutcome.Done);
                await ExpectAsync(api, RuntimeCommand.DeleteAcl(acl, word), CommandOutcome.NoSuchKey);
            }

            await ExpectAsync(api, RuntimeCommand.AddMap(map, "k", "v"), CommandOutcome.Done);
            await ExpectAsync(api, RuntimeCommand.ClearMap(map), CommandOutcome.Done);
            await ExpectAsync(api, RuntimeCommand.AddAcl(acl, "k"), CommandOutcome.Done);
            await ExpectAsync(api, RuntimeCommand.ClearAcl(acl), CommandOutcome.Done);
            (await LinesAsync(api, "map", map)).ShouldBeEmpty();
            (await LinesAsync(api, "acl", acl)).ShouldBeEmpty();
        }
    }

    [Theory, EveryHaproxy]
    public async Task The_longest_value_is_taken(string version)
    {
        var (map, _, haproxy) = await StartAsync(version);
        await using var __ = haproxy;
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        var (key, value) = (new string('k', RuntimeCommand.LongestValue), new string('v', RuntimeCommand.LongestValue));
        await ExpectAsync(api, RuntimeCommand.AddMap(map, key, value), CommandOutcome.Done);
        (await LinesAsync(api, "map", map)).ShouldBe([$"{key} {value}"]);
    }

    [Theory, EveryHaproxy]
    public async Task What_is_not_there(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Sections = ["backend table", "    stick-table type string size 10 expire 1h"] });
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        await ExpectAsync(api, RuntimeCommand.AddMap("/nope", "k", "v"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.SetMap("/nope", "k", "v"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.DeleteMap("/nope", "k"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.ClearMap("/nope"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.AddAcl("/nope", "k"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.DeleteAcl("/nope", "k"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.ClearAcl("/nope"), CommandOutcome.NoSuchMap);
        await ExpectAsync(api, RuntimeCommand.ClearTable("nope"), CommandOutcome.NoSuchTable);
        await ExpectAsync(api, RuntimeCommand.ClearTable("table"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.Raw("set table table key two\\ words"), CommandOutcome.Done);
        (await api.ExecuteAsync(RuntimeCommand.Raw("show table table"), Cancel)).ShouldContain("used:1");
        await ExpectAsync(api, RuntimeCommand.ClearTable("table", "two words"), CommandOutcome.Done);
        (await api.ExecuteAsync(RuntimeCommand.Raw("show table table"), Cancel)).ShouldContain("used:0");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(string Map, string Acl, RealHaproxy Haproxy)> StartAsync(string version)
    {
        // A path with a space and a semicolon, as a value too.
        var (map, acl) = (Path.Combine(_folder, "m.map"), Path.Combine(_folder, "a.acl"));
        await File.WriteAllTextAsync(map, "");
        await File.WriteAllTextAsync(acl, "");
        return (map, acl, await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Frontend = [$"tcp-request content set-var(txn.m) \"src,map_str('{map}')\"", $"tcp-request content reject if {{ str(none) -f \"{acl}\" }}"],
        }));
    }

    private static async Task<string[]> LinesAsync(RuntimeApi api, string kind, string list)
    {
        var answer = await api.ExecuteAsync(RuntimeCommand.Raw($"show {kind} {list.Replace(" ", "\\ ", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal)}"), Cancel);
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
    }

    private static async Task ExpectAsync(RuntimeApi api, RuntimeCommand command, CommandOutcome outcome) =>
        (await api.ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome, command.Text[..Math.Min(200, command.Text.Length)]);
}
