using System.Text.Json;
using DbSwitch.App.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.Tests.Serving;

/// <summary>The manager's log: who reads it, a person, a program or systemd's journal, can tell what each line is about.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task Each_line_of_a_switch_has_its_name_and_generation_and_in_a_switchover_its_id()
    {
        await using var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }));
        await scene.Manager.StartAsync("--log", "json");
        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "with \"quotes\"")).ShouldBe(0);
        (await scene.Manager.RunAsync("pause", "--reason", "by hand")).ShouldBe(0);
        await scene.Manager.LoggedAsync("paused by");

        var lines = scene.Manager.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var ofSwitch = lines.FindAll(l => l.TryGetProperty("switch", out _));
        ofSwitch.Count.ShouldBeGreaterThan(6);
        ofSwitch.ShouldAllBe(l => l.GetProperty("switch").GetString() == "orders" && l.GetProperty("generation").GetInt64() >= 0 && l.GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        lines.FindAll(l => l.GetProperty("message").GetString()!.StartsWith("orders", StringComparison.Ordinal)).Count.ShouldBe(ofSwitch.Count);
        var begun = ofSwitch.FindIndex(l => l.GetProperty("message").GetString()!.Contains("from backend-db1 to backend-db2", StringComparison.Ordinal));
        var ended = ofSwitch.FindIndex(l => l.GetProperty("message").GetString()!.Contains("is selected (before: backend-db1)", StringComparison.Ordinal));
        ended.ShouldBeGreaterThan(begun + 1);
        ofSwitch[begun..(ended + 1)].ShouldAllBe(l => l.GetProperty("switchover").GetInt64() == 1 && l.GetProperty("generation").GetInt64() == 2);
    }

    [Fact]
    public void The_journal_is_told_how_grave_each_line_is_and_has_the_time_itself()
    {
        Written(new LogForm(false, ForJournal: true), LogLevel.Information, null).ShouldBe("<6>orders: all is well\n");
        Written(new LogForm(false, ForJournal: true), LogLevel.Warning, null).ShouldBe("<4>orders: all is well\n");
        var error = Written(new LogForm(false, ForJournal: true), LogLevel.Error, new InvalidOperationException("why\nand why"));
        error.TrimEnd('\n').Split('\n').ShouldAllBe(l => l.StartsWith("<3>", StringComparison.Ordinal));
        error.ShouldContain("<3>and why");
        Written(new LogForm(true, ForJournal: true), LogLevel.Critical, null).ShouldStartWith("<2>{\"time\":\"");
    }

    [Fact]
    public void At_a_terminal_or_in_a_file_a_line_is_time_level_and_text()
    {
        Written(new LogForm(false, ForJournal: false), LogLevel.Warning, null).ShouldMatch(@"^\S*\d\d:\d\d:\d\d\.\d\d\d\S* warning orders: all is well\n$");
        var json = JsonDocument.Parse(Written(new LogForm(true, ForJournal: false), LogLevel.Error, new InvalidOperationException("why"))).RootElement;
        json.GetProperty("level").GetString().ShouldBe("error");
        json.GetProperty("error").GetString()!.ShouldContain("why");
        json.GetProperty("proxy").GetString().ShouldBe("db-proxy");
        json.TryGetProperty("generation", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task No_secret_is_in_the_log_in_an_answer_or_in_what_is_said_of_a_bad_file()
    {
        const string Secret = "s3cret-that-nobody-may-read";
        var port = FreePort.Take();
        var configuration = new ManagerConfiguration
        {
            Http = FreePort.Take(),
            Proxies = new Dictionary<string, string> { ["db-proxy"] = "{ api: \"tcp:127.0.0.1:1\" }" },
            More =
            [
                "webhooks:", $"  chat: {{ url: \"http://127.0.0.1:{port}/{Secret}-in-the-url\", secret: {Secret}-signs, events: [trouble, paused] }}",
            ],
        };
        configuration = configuration.With("orders", new SwitchText("b", ["db-proxy"], new Dictionary<string, string> { ["db1"] = "127.0.0.1:1" }) { Postgres = $"user: u, password: {Secret}-of-postgres, tls: disable" });
        await using var manager = new ManagerProcess(configuration with { Listen = ["tokens: tokens"] });
        var token = (await manager.RunAsync("token", "add", "ann", "--role", "operator")).Output.Trim();
        await manager.StartAnsweringAsync();
        using var client = manager.OverTcp();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + token);
        await manager.LoggedAsync("webhook chat: it can't be reached");
        await manager.LoggedAsync("db1 ");

        var answers = string.Concat(await Task.WhenAll(((string[])["switches", "targets", "proxies", "doctor", "caller"]).Select(what => client.GetStringAsync("/api/v1/" + what, TestContext.Current.CancellationToken))));
        answers.ShouldContain("\"orders\"");
        await File.WriteAllTextAsync(manager.ConfigurationFile, configuration.Text(manager.Folder).Replace("http://", "htp://", StringComparison.Ordinal).Replace($"{Secret}-signs", $"\"{Secret}\\u0007\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        manager.HangUp();
        await manager.LoggedAsync("stays in force");

        var check = await manager.RunAsync("check-config");
        check.ShouldBe(2, "", "webhooks.chat.url: the value is neither http://… nor https://…");
        foreach (var said in (string[])[manager.Log, answers, check.Error])
        {
            said.ShouldNotContain(Secret);
            said.ShouldNotContain(token);
        }
    }

    private static string Written(LogForm form, LogLevel level, Exception? error)
    {
        using var output = new StringWriter { NewLine = "\n" };
        IReadOnlyList<KeyValuePair<string, object?>> state = [new("Switch", "orders"), new("Proxy", "db-proxy")];
        var entry = new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(level, "category", 0, state, error, (_, _) => "orders: all is well");
        new LogFormatter(form).Write(in entry, null, output);
        return output.ToString();
    }
}
