namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>Backends that come and go at run time, as 3.4 answered; on no version before is anything of it sent.</summary>
public sealed class BackendTranscriptTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backend_from_its_birth_to_its_end()
    {
        await ExpectAsync("add-backend", RuntimeCommand.AddBackend("new", "named", BackendMode.Tcp), CommandOutcome.BackendRegistered, "add backend new from named mode tcp");
        await ExpectAsync("add-backend-exists", RuntimeCommand.AddBackend("new", "named", BackendMode.Http), CommandOutcome.AlreadyExists, "add backend new from named mode http");
        await ExpectAsync("add-backend-no-such-defaults", RuntimeCommand.AddBackend("new", "nope"), CommandOutcome.NoSuchDefaults, "add backend new from nope");
        await ExpectAsync("publish-backend", RuntimeCommand.PublishBackend("new"), CommandOutcome.Published, "publish backend new");
        await ExpectAsync("del-backend-published", RuntimeCommand.DeleteBackend("new"), CommandOutcome.NotUnpublished, "del backend new");
        await ExpectAsync("unpublish-backend", RuntimeCommand.UnpublishBackend("new"), CommandOutcome.Unpublished, "unpublish backend new");
        await ExpectAsync("del-backend-with-servers", RuntimeCommand.DeleteBackend("new"), CommandOutcome.StillHasServers, "del backend new");
        await ExpectAsync("del-backend", RuntimeCommand.DeleteBackend("new"), CommandOutcome.BackendDeleted, "del backend new");
    }

    [Fact]
    public async Task Anothers_success_is_not_believed()
    {
        await using var haproxy = Fake("publish-backend");
        (await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(haproxy.Endpoint).ChangeAsync(RuntimeCommand.DeleteBackend("new"), Cancel))).Error.ShouldBe(RuntimeApiError.Unexpected);
    }

    private static FakeHaproxy Fake(string name) => new()
    {
        Answers = line => line switch
        {
            "show info" => "Version: 3.4.0\nPid: 1\nUptime_sec: 1\nMaxconn: 10\nCurrConns: 1\n",
            "experimental-mode on" => "",
            _ => Transcript.Answer("3.4", "changing/" + name),
        },
    };

    private static async Task ExpectAsync(string name, RuntimeCommand command, CommandOutcome outcome, string line)
    {
        command.Text.ShouldBe(line);
        await using var haproxy = Fake(name);
        (await new RuntimeClient(haproxy.Endpoint).ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome);
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        (await session.ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome);
        haproxy.Received.ShouldContain("experimental-mode on\n" + line + "\n");
    }
}
