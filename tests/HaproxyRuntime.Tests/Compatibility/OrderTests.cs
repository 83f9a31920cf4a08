using System.Net;

namespace HaproxyRuntime.Tests.Compatibility;

/// <summary>A session sends commands in the order in which they were given, also when the first of them has to wait for HAProxy's version.</summary>
public sealed class OrderTests
{
    private static readonly RuntimeCommand s_add = RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("127.0.0.1:1"));
    private static readonly RuntimeCommand s_ready = RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Ready);
    private static readonly RuntimeCommand s_delete = RuntimeCommand.DeleteServer("b", "s");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("3.2.0", "")]
    [InlineData("2.4.1", "experimental-mode on\n")]
    public async Task What_is_given_behind_a_command_that_is_judged_is_sent_behind_it(string version, string mode)
    {
        await using var haproxy = Fake(version);
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        haproxy.Hold();
        Task<string>[] asked = [session.ExecuteAsync(s_add, Cancel), session.ExecuteAsync(s_ready, Cancel), session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel)];
        await Until.TrueAsync("the question", () => haproxy.Received.Contains("show info", StringComparison.Ordinal));
        haproxy.LetGo();
        (await Task.WhenAll(asked)).ShouldBe([s_add.Text + "\n", s_ready.Text + "\n", "show sess\n"]);
        haproxy.Received.ShouldBe($"prompt\nshow info\n{mode}{s_add}\n{s_ready}\nshow sess\n");
    }

    [Fact]
    public async Task Whoever_gives_up_meanwhile_is_left_out_and_lets_nobody_pass()
    {
        await using var haproxy = Fake("3.2.0");
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        haproxy.Hold();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var first = session.ExecuteAsync(s_add, Cancel);
        var given = session.ExecuteAsync(s_delete, stop.Token);
        var last = session.ExecuteAsync(s_ready, Cancel);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => given);
        var afterwards = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
        haproxy.LetGo();
        await Task.WhenAll(first, last, afterwards);
        haproxy.Received.ShouldBe($"prompt\nshow info\n{s_add}\n{s_ready}\nshow sess\n");
    }

    [Fact]
    public async Task One_that_is_refused_keeps_nobody_from_being_sent()
    {
        await using var haproxy = Fake("2.6.12");
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        var refused = session.ExecuteAsync(s_delete, Cancel);
        var ready = session.ExecuteAsync(s_ready, Cancel);
        (await Should.ThrowAsync<RuntimeApiException>(() => refused)).Error.ShouldBe(RuntimeApiError.Dangerous);
        (await ready).ShouldBe(s_ready.Text + "\n");
        (await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_delete, Cancel))).Error.ShouldBe(RuntimeApiError.Dangerous);
    }

    [Fact]
    public async Task When_the_version_does_not_come_nothing_is_sent_and_nobody_waits_for_ever()
    {
        await using var haproxy = Fake("3.2.0");
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        haproxy.Hold();
        Task[] asked = [session.ExecuteAsync(s_add, Cancel), session.ExecuteAsync(s_ready, Cancel)];
        await Until.TrueAsync("the question", () => haproxy.Received.Contains("show info", StringComparison.Ordinal));
        haproxy.Close();
        foreach (var task in asked)
        {
            (await Should.ThrowAsync<RuntimeApiException>(() => task.WaitAsync(TimeSpan.FromSeconds(20), Cancel))).OutcomeIsUnknown.ShouldBeFalse();
        }

        haproxy.Received.ShouldBe("prompt\nshow info\n");
    }

    private static FakeHaproxy Fake(string version) => new()
    {
        Answers = command => command == "show info" ? $"Version: {version}\nPid: 1\nUptime_sec: 1\nMaxconn: 1\nCurrConns: 0\n" : command + "\n",
    };
}
