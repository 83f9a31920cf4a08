namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>What the masters of six versions said, as the library understands it.</summary>
public sealed class MasterTranscriptTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => [.. HaproxyVersions.Names, .. Transcript.BuiltVersions];

    [Theory, MemberData(nameof(Versions))]
    public async Task Show_proc(string version)
    {
        var processes = await ProcessesAsync(version, "show-proc");
        (processes.Master.Pid, processes.Master.Kind, processes.Master.Name, processes.Master.Reloads).ShouldBe((10000, MasterProcessKind.Master, "master", 0));
        processes.Master.FailedReloads.ShouldBe(version == "2.4" ? null : 0);
        processes.Master.Version!.ShouldStartWith(version + ".");
        var worker = processes.Workers.ShouldHaveSingleItem();
        (worker.Pid, worker.Kind, worker.IsOld, worker.Reloads, worker.FailedReloads, worker.Uptime, worker.Version).ShouldBe((10001, MasterProcessKind.Worker, false, 0, null, TimeSpan.FromSeconds(1), processes.Master.Version));
        processes.OldWorkers.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Show_proc_with_a_worker_that_a_reload_has_left_over(string version)
    {
        var processes = await ProcessesAsync(version, "show-proc-old-worker");
        processes.Master.Reloads.ShouldBe(1);
        processes.Workers.Select(w => w.Pid).ShouldBe([10002]);
        processes.OldWorkers.Select(w => w.Pid).ShouldBe([10001]);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Show_proc_after_a_reload_that_failed(string version)
    {
        var processes = await ProcessesAsync(version, "show-proc-reload-failed");
        processes.Master.FailedReloads.ShouldBe(version == "2.4" ? null : 1);

        // 2.4, and again 3.2 and later, call the worker old that goes on as before.
        var current = processes.All.Where(process => process.Pid == 10003).ShouldHaveSingleItem();
        current.IsOld.ShouldBe(version is "2.4" or "3.2" or "3.4");
        processes.OldWorkers.ShouldContain(process => process.Pid == 10001);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task What_a_worker_answers_through_its_master(string version)
    {
        await AskAsync(version, "worker-done", async worker => (await worker.ChangeAsync(RuntimeCommand.SetServerWeight("b", "s", 5), Cancel)).ShouldBe(new CommandResult(CommandOutcome.Done, "")));
        await AskAsync(version, "worker-no-such-server", async worker => (await worker.ChangeAsync(RuntimeCommand.SetServerWeight("b", "s", 5), Cancel)).Outcome.ShouldBe(CommandOutcome.NoSuchServer));
        await AskAsync(version, "worker-proxy-is-disabled", async worker => (await worker.ChangeAsync(RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Maintenance), Cancel)).Outcome.ShouldBe(CommandOutcome.ProxyIsDisabled));
        await AskAsync(version, "worker-show-sess", async worker => (await worker.ShowSessionsAsync(Cancel)).Where(s => s.Server == "a").ShouldHaveSingleItem().Frontend.ShouldBe("db"));
        await AskAsync(version, "no-such-process", async worker => (await Should.ThrowAsync<RuntimeApiException>(() => worker.ShowInfoAsync(Cancel))).Error.ShouldBe(RuntimeApiError.NoSuchProcess));
    }

    [Theory]
    [InlineData("2.6")]
    [InlineData("2.8")]
    [InlineData("3.0")]
    [InlineData("3.2")]
    [InlineData("3.4")]
    public async Task What_is_experimental_gets_its_mode_through_the_master(string version)
    {
        await using var fake = new FakeMaster { Says = _ => Transcript.Raw(version, "master/worker-experimental") };
        var worker = new MasterClient(fake.Endpoint).Worker(new MasterProcess(10001, MasterProcessKind.Worker, "worker", false, 0, null, TimeSpan.Zero, "3.4.0"));
        (await worker.ExecuteAsync(RuntimeCommand.PublishBackend("b"), Cancel)).ShouldBe("");
        fake.Requests.ShouldBe(["prompt\nexperimental-mode on\n@!10001 publish backend b\nquit\n"]);
    }

    [Fact]
    public async Task What_is_experimental_does_not_go_through_a_master_that_can_not_pass_it_on()
    {
        await using var fake = new FakeMaster();
        var worker = new MasterClient(fake.Endpoint).Worker(new MasterProcess(10001, MasterProcessKind.Worker, "worker", false, 0, null, TimeSpan.Zero, "2.4.0"));
        (await Should.ThrowAsync<RuntimeApiException>(() => worker.ExecuteAsync(RuntimeCommand.Raw("add server b/s 127.0.0.1:1"), Cancel))).Error.ShouldBe(RuntimeApiError.NotSupported);
        fake.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2.8")]
    [InlineData("3.0")]
    [InlineData("3.2")]
    [InlineData("3.4")]
    public void The_result_of_a_reload(string version)
    {
        var good = ReloadResult.Parse(Transcript.Raw(version, "master/reload"));
        good.Outcome.ShouldBe(ReloadOutcome.Succeeded);
        good.Messages.ShouldContain("Loading success.");
        var bad = ReloadResult.Parse(Transcript.Raw(version, "master/reload-failed"));
        bad.Outcome.ShouldBe(ReloadOutcome.Failed);
        bad.Messages.ShouldContain("unknown keyword 'nonsense'");
    }

    [Theory]
    [InlineData("Success=1\n\n", ReloadOutcome.Succeeded, "")]
    [InlineData("Success=0\n--\nAnother reload is still in progress.\n\n", ReloadOutcome.Failed, "Another reload is still in progress.")]
    public void A_reload_with_little_to_say(string answer, ReloadOutcome outcome, string messages) => ReloadResult.Parse(answer).ShouldBe(new ReloadResult(outcome, messages));

    [Theory]
    [InlineData("")]
    [InlineData("Success=2\n\n")]
    [InlineData("Success=1\nand more\n")]
    public void What_is_no_result_of_a_reload_is_none(string answer) => Should.Throw<FormatException>(() => ReloadResult.Parse(answer));

    private static async Task<MasterProcesses> ProcessesAsync(string version, string name)
    {
        await using var fake = new FakeMaster { Says = _ => Transcript.Raw(version, "master/" + name) };
        return await new MasterClient(fake.Endpoint).ShowProcessesAsync(Cancel);
    }

    private static async Task AskAsync(string version, string name, Func<WorkerApi, Task> ask)
    {
        await using var fake = new FakeMaster { Says = _ => Transcript.Raw(version, "master/" + name) };
        await ask(new MasterClient(fake.Endpoint).Worker(10001));
    }
}
