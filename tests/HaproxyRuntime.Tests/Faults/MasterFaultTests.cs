using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Faults;

/// <summary>A master that cuts its answers, or whose worker does: never a short answer, at no byte.</summary>
public sealed class MasterFaultTests
{
    private const string End = "master> master> ";

    private static readonly RuntimeOptions s_patient = new() { AnswerTimeout = TimeSpan.FromSeconds(20) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task No_cut_of_show_proc_is_a_shorter_list(string version)
    {
        var whole = Transcript.Raw(version, "master/show-proc-old-worker");
        await using var fake = new FakeMaster();
        var master = new MasterClient(fake.Endpoint, s_patient);
        for (var cut = 0; cut < whole.Length; cut++)
        {
            fake.Says = _ => whole[..cut];
            (await Should.ThrowAsync<RuntimeApiException>(() => master.ShowProcessesAsync(Cancel))).Error.ShouldBe(RuntimeApiError.CutShort, $"at {cut}");
        }

        fake.Says = _ => whole;
        (await master.ShowProcessesAsync(Cancel)).OldWorkers.Count.ShouldBe(1);
    }

    [Theory, EveryHaproxy]
    public async Task No_cut_of_a_workers_answer_is_a_shorter_answer(string version)
    {
        foreach (var name in (string[])["worker-show-sess", "worker-done", "worker-no-such-server", "worker-proxy-is-disabled"])
        {
            var whole = Transcript.Raw(version, "master/" + name);
            whole.ShouldEndWith(End);
            await using var fake = new FakeMaster();
            var worker = new MasterClient(fake.Endpoint, s_patient).Worker(12345);
            for (var cut = 0; cut < whole.Length; cut++)
            {
                fake.Says = _ => whole[..cut];
                await IsCutShortAsync(worker, $"{name} at {cut}");
            }

            // The worker ends in the midst of its answer, and the master goes on as if that were all.
            var answer = whole["master> ".Length..^End.Length];
            for (var cut = 0; cut < answer.Length; cut++)
            {
                fake.Says = _ => "master> " + answer[..cut] + End;
                if (answer[..cut].TrimEnd('\n') != answer.TrimEnd('\n') || cut == 0 || name == "worker-show-sess")
                {
                    await IsCutShortAsync(worker, $"{name}, the worker at {cut}");
                }
            }

            fake.Says = _ => whole;
            (await worker.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel)).ShouldBe(answer[..^1]);
        }

        static async Task IsCutShortAsync(WorkerApi worker, string what) =>
            (await Should.ThrowAsync<RuntimeApiException>(() => worker.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel))).Error.ShouldBe(RuntimeApiError.CutShort, what);
    }

    [Fact]
    public async Task Sentences_that_old_versions_end_without_an_empty_line_are_answers()
    {
        await using var fake = new FakeMaster { Says = _ => "master> Server deleted.\n" + End };
        (await Worker(fake).ChangeAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel)).Outcome.ShouldBe(CommandOutcome.Deleted);

        fake.Says = _ => "master> Some words\n" + End;
        (await Should.ThrowAsync<RuntimeApiException>(() => Worker(fake).ExecuteAsync(RuntimeCommand.Raw("our own"), Cancel))).Error.ShouldBe(RuntimeApiError.CutShort);

        static WorkerApi Worker(FakeMaster fake) => new MasterClient(fake.Endpoint, new RuntimeOptions { IgnoreCompatibility = true }).Worker(7);
    }

    [Theory]
    [InlineData("master> Can't find the target PID matching the prefix '@!7'\n", false)]
    [InlineData("master> Can't find the target PID matching the prefix '@!7'\nmaster> ", true)]
    [InlineData("master[ReloadFailed]> Can't find the target PID matching the prefix '@!7'\n", true)]
    public async Task A_process_that_the_master_does_not_know_is_known_at_once(string says, bool staysOpen)
    {
        await using var fake = new FakeMaster { Says = _ => says, StaysOpen = staysOpen };
        var e = await Should.ThrowAsync<RuntimeApiException>(() => new MasterClient(fake.Endpoint, s_patient).Worker(7).ExecuteAsync(RuntimeCommand.ShutdownSession("0x1"), Cancel));
        (e.Error, e.OutcomeIsUnknown, e.CanRetry).ShouldBe((RuntimeApiError.NoSuchProcess, false, false));
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_and_is_gone_is_no_timeout()
    {
        await using var fake = new FakeMaster { StaysOpen = false };
        fake.Says = request =>
        {
            fake.StaysOpen = request.Contains('@', StringComparison.Ordinal);
            return fake.StaysOpen ? "master> " : Transcript.Raw("3.2", "master/show-proc");
        };
        var options = new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) };
        var e = await Should.ThrowAsync<RuntimeApiException>(() => new MasterClient(fake.Endpoint, options).Worker(4711).ExecuteAsync(RuntimeCommand.ShutdownSession("0x1"), Cancel));
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.NoSuchProcess, false));

        // The one that is listed may do it yet.
        e = await Should.ThrowAsync<RuntimeApiException>(() => new MasterClient(fake.Endpoint, options).Worker(10001).ExecuteAsync(RuntimeCommand.ShutdownSession("0x1"), Cancel));
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, true));
    }

    [Theory]
    [InlineData("\n> ")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    public async Task What_is_no_masters_socket_is_said_so(string says)
    {
        await using var fake = new FakeMaster { Says = _ => says };
        (await Should.ThrowAsync<RuntimeApiException>(() => new MasterClient(fake.Endpoint, s_patient).ShowProcessesAsync(Cancel))).Error.ShouldBe(RuntimeApiError.Unexpected);
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up()
    {
        await using var fake = new FakeMaster { Says = _ => "master> " + new string('x', 100_000) };
        var e = await Should.ThrowAsync<RuntimeApiException>(() => new MasterClient(fake.Endpoint, s_patient with { MaximumAnswerBytes = 10_000 }).ShowProcessesAsync(Cancel));
        (e.Error, e.Answer!.Length).ShouldBe((RuntimeApiError.TooLong, 4096));
    }

    [Theory]
    [InlineData("3.0")]
    [InlineData("3.2")]
    public async Task No_cut_of_a_reloads_result_is_a_result(string version)
    {
        var (processes, whole) = (Transcript.Raw(version, "master/show-proc"), Transcript.Raw(version, "master/reload-failed"));
        await using var fake = new FakeMaster();
        var master = new MasterClient(fake.Endpoint, s_patient);
        for (var cut = 0; cut < whole.Length; cut++)
        {
            fake.Says = request => request == "reload\n" ? whole[..cut] : processes;
            var e = await Should.ThrowAsync<RuntimeApiException>(() => master.ReloadAsync(cancel: Cancel));
            (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.CutShort, true), $"at {cut}");
        }

        fake.Says = request => request == "reload\n" ? whole : processes;
        var result = await master.ReloadAsync(cancel: Cancel);
        result.Outcome.ShouldBe(ReloadOutcome.Failed);
        result.Messages.ShouldContain("unknown keyword 'nonsense'");
    }

    [Fact]
    public async Task What_is_for_another_process_is_not_sent_to_the_master()
    {
        await using var fake = new FakeMaster();
        var master = new MasterClient(fake.Endpoint);
        foreach (var text in (string[])["@1 show info", "@!7 show info", "reload", "hard-reload"])
        {
            await Should.ThrowAsync<ArgumentException>(() => master.ExecuteAsync(RuntimeCommand.Raw(text), Cancel));
        }

        fake.Requests.ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => master.Worker(0));
    }
}
