using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime.Tests.Real;

/// <summary>Real masters, real reloads, and the workers that they leave over.</summary>
public sealed class RealMasterTests
{
    private const string Backend = "db_servers";

    private static readonly RuntimeOptions s_patient = new() { AnswerTimeout = TimeSpan.FromSeconds(10) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task A_worker_left_over_is_found_asked_and_emptied_and_its_end_is_an_answer(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true, Backend = [$"server a {database.Address}"] });
        var master = new MasterClient(haproxy.MasterSocket, s_patient);
        var before = await master.ShowProcessesAsync(Cancel);
        (before.Master.Pid, before.Workers.Select(w => w.Pid).Single(), before.OldWorkers.Count).ShouldBe((haproxy.Pid, haproxy.WorkerPids.Single(), 0));
        using var client = new DbClient(haproxy.ClientPort);
        using var other = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("hello")).Line.ShouldBe("db1 hello");
        (await other.AskAsync("hello")).Line.ShouldBe("db1 hello");

        await haproxy.ReloadAsync();

        var left = (await master.ShowProcessesAsync(Cancel)).OldWorkers.ShouldHaveSingleItem();
        left.Pid.ShouldBe(before.Workers[0].Pid);
        var old = master.Worker(left);
        var info = await old.ShowInfoAsync(Cancel);
        (info.Pid, info.Stopping).ShouldBe((left.Pid, true));
        (await old.ShowServersStateAsync(Backend, Cancel)).ShouldHaveSingleItem().Name.ShouldBe("a");
        (await old.ChangeAsync(RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Maintenance), Cancel)).Outcome.ShouldBe(CommandOutcome.ProxyIsDisabled);
        (await old.ChangeAsync(RuntimeCommand.ShutdownServerSessions(Backend, "a"), Cancel)).Outcome.ShouldBe(CommandOutcome.ProxyIsDisabled);
        var sessions = (await old.ShowSessionsAsync(Cancel)).Where(s => s.Server == "a").ToList();
        sessions.Count.ShouldBe(2);
        (await old.ChangeAsync(RuntimeCommand.ShutdownSession(sessions[0].Id), Cancel)).Outcome.ShouldBe(CommandOutcome.Done);
        await Until.TrueAsync("the first session to end", async () => (await old.ShowSessionsAsync(Cancel)).Count(s => s.Server == "a") == 1);
        (await old.ChangeAsync(RuntimeCommand.ShutdownSession("0xdead"), Cancel)).Outcome.ShouldBe(CommandOutcome.NoSuchSession);
        (await old.ChangeAsync(RuntimeCommand.ShutdownSession(sessions[1].Id), Cancel)).Outcome.ShouldBe(CommandOutcome.Done);
        (await client.AskAsync("gone")).Reason.ShouldBe(NoAnswer.Closed);
        (await other.AskAsync("gone")).Reason.ShouldBe(NoAnswer.Closed);

        // Asked again and again while it leaves, it answers, or is gone: never anything else, however the moment is hit.
        RuntimeApiException? end = null;
        await Until.TrueAsync("the old worker to leave", async () =>
        {
            try
            {
                await old.ShowSessionsAsync(Cancel);
                return false;
            }
            catch (RuntimeApiException e)
            {
                end = e;
                return true;
            }
        });
        end!.Error.ShouldBe(RuntimeApiError.NoSuchProcess, end.ToString());
        (await master.ShowProcessesAsync(Cancel)).OldWorkers.ShouldBeEmpty();
        (await Should.ThrowAsync<RuntimeApiException>(() => old.ChangeAsync(RuntimeCommand.ShutdownSession("0x1"), Cancel))).OutcomeIsUnknown.ShouldBeFalse();
    }

    [Theory, EveryHaproxy]
    public async Task The_current_worker_does_every_typed_command_through_its_master(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        var worker = new MasterClient(haproxy.MasterSocket, s_patient with { IgnoreCompatibility = true }).Worker(haproxy.WorkerPids.Single());
        await ExpectAsync(RuntimeCommand.AddServer(Backend, "a", IPEndPoint.Parse(database.Address)), CommandOutcome.Registered);
        await ExpectAsync(RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), CommandOutcome.Done);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe("db1 hello");
        await ExpectAsync(RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.NotInMaintenance);
        await ExpectAsync(RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Maintenance), CommandOutcome.Done);
        await Until.TrueAsync("the server to go", async () => (await worker.ChangeAsync(RuntimeCommand.DeleteServer(Backend, "a"), Cancel)).Succeeded);
        await ExpectAsync(RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.NoSuchServer);
        (await worker.ShowServersStateAsync(Backend, Cancel)).ShouldBeEmpty();
        (await worker.ShowCliLevelAsync(Cancel)).ShouldBe("admin");
        (await worker.ExecuteAsync(RuntimeCommand.ShowStatistics, Cancel)).ShouldStartWith("# pxname,svname,");
        await ExpectAsync(RuntimeCommand.Raw("bogus command"), CommandOutcome.UnknownCommand);

        async Task ExpectAsync(RuntimeCommand command, CommandOutcome outcome) => (await worker.ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome, command.Text);
    }

    [Theory, EveryHaproxy]
    public async Task A_wait_is_not_sent_and_the_version_is_judged_as_elsewhere(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        var master = new MasterClient(haproxy.MasterSocket, s_patient);
        foreach (var worker in (WorkerApi[])[master.Worker(haproxy.WorkerPids.Single()), master.Worker((await master.ShowProcessesAsync(Cancel)).Workers[0])])
        {
            (await Should.ThrowAsync<RuntimeApiException>(() => worker.WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(1), Cancel))).Error.ShouldBe(RuntimeApiError.NotSupported);
            (await Should.ThrowAsync<RuntimeApiException>(() => worker.ExecuteAsync(RuntimeCommand.PublishBackend("nope"), Cancel))).Error
                .ShouldBe(HaproxyBinary.CapabilitiesOf(version)[HaproxyFeature.DynamicBackends].State == FeatureState.Missing ? RuntimeApiError.NotSupported : RuntimeApiError.Refused);
            (await worker.CapabilitiesAsync(Cancel)).Version.ShouldBe(HaproxyBinary.VersionOf(version));
        }
    }

    [Theory, EveryHaproxy]
    public async Task A_reload_says_how_it_went_as_far_as_the_version_can(string version)
    {
        var options = new RealHaproxyOptions { MasterWorker = true };
        await using var haproxy = await RealHaproxy.StartAsync(version, options);
        var master = new MasterClient(haproxy.MasterSocket, s_patient);
        var first = haproxy.WorkerPids.Single();

        var good = await master.ReloadAsync(cancel: Cancel);
        good.Outcome.ShouldBe(ReloadOutcome.Succeeded);
        (await master.ShowProcessesAsync(Cancel)).Workers.ShouldHaveSingleItem().Pid.ShouldNotBe(first);

        await haproxy.EditAsync(options with { Sections = ["nonsense here"] });
        var bad = await master.ReloadAsync(cancel: Cancel);
        bad.Outcome.ShouldBe(ReloadOutcome.Failed);
        var after = await master.ShowProcessesAsync(Cancel);
        after.Master.FailedReloads.ShouldBe(1);
        if (!HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.MasterReloadResult))
        {
            (good.Messages, bad.Messages).ShouldBe(("", ""));
        }
        else
        {
            bad.Messages.ShouldContain("unknown keyword 'nonsense'");
        }

        // Whatever it is called now, it serves, and says that it does.
        var current = after.All.Where(process => process.Kind == MasterProcessKind.Worker && haproxy.WorkerPids.Contains(process.Pid)).MinBy(process => process.Reloads)!;
        (await master.Worker(current).ShowInfoAsync(Cancel)).Stopping.ShouldBeFalse();
        (await master.Worker(current).ChangeAsync(RuntimeCommand.SetServerWeight(Backend, "nope", 5), Cancel)).Outcome.ShouldBe(CommandOutcome.NoSuchServer);

        await haproxy.EditAsync(options);
        (await master.ReloadAsync(cancel: Cancel)).Outcome.ShouldBe(ReloadOutcome.Succeeded);
        (await master.ShowProcessesAsync(Cancel)).Master.FailedReloads.ShouldBe(0);
    }

    [Theory, EveryHaproxy]
    public async Task While_a_master_reloads_all_trouble_is_of_a_kind_that_can_be_tried_again(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        var master = new MasterClient(haproxy.MasterSocket, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(1) });
        var reloading = Task.Run(() => haproxy.ReloadAsync(), Cancel);
        var (answers, errors) = (0, new List<RuntimeApiException>());


        // And until it has answered once: a reload may be over before it does.
        while (!reloading.IsCompleted || (answers == 0 && errors.Count < 100))
        {
            try
            {
                (await master.ShowProcessesAsync(Cancel)).Master.Pid.ShouldBe(haproxy.Pid);
                answers++;
            }
            catch (RuntimeApiException e)
            {
                errors.Add(e);
            }
        }

        await reloading;
        answers.ShouldBeGreaterThan(0);
        errors.ShouldAllBe(e => e.CanRetry);
    }

    [Theory, EveryHaproxy]
    public async Task A_worker_killed_in_the_midst_of_its_answer_has_not_answered(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true, Backend = [$"server-template {new string('s', 150)} 1-6000 127.0.0.1:5432 disabled"] });
        var worker = haproxy.WorkerPids.Single();

        // More than the buffers on the way hold. Nobody reads, so the answer stops half-way; then the worker dies, and then somebody reads.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(((RuntimeEndpoint.Unix)haproxy.MasterSocket).Path), Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"prompt\n@!{worker} show servers state {Backend}\nquit\n"), Cancel);
        await Until.TrueAsync("the beginning of the answer", () => socket.Available > 0);
        var (seen, still) = (-1, 0);
        await Until.TrueAsync("the answer to stop", () =>
        {
            (still, seen) = socket.Available == seen ? (still + 1, seen) : (0, socket.Available);
            return still > 20;
        });
        LinuxProcess.Signal(worker, 9);
        await Until.TrueAsync("the worker to be gone", () => !haproxy.WorkerPids.Contains(worker));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var cut = "";
        try
        {
            cut = await reader.ReadToEndAsync(Cancel);
        }
        catch (IOException)
        {
            // A master that dies with its worker may reset the connection.
        }

        cut.Count(c => c == '\n').ShouldBeLessThan(6_000);
        await using var fake = new FakeMaster { Says = _ => cut };
        var api = new MasterClient(fake.Endpoint, s_patient).Worker(worker);
        (await Should.ThrowAsync<RuntimeApiException>(() => api.ShowServersStateAsync(Backend, Cancel))).Error.ShouldBe(RuntimeApiError.CutShort);
    }

    [Theory, EveryHaproxy]
    public async Task A_frozen_worker_is_a_timeout_and_what_was_sent_to_it_happens_later(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true, Backend = ["server a 127.0.0.1:5432 weight 1"] });
        var worker = new MasterClient(haproxy.MasterSocket, new RuntimeOptions { AnswerTimeout = TimeSpan.FromMilliseconds(300) }).Worker(haproxy.WorkerPids.Single());
        haproxy.Freeze();
        var e = await Should.ThrowAsync<RuntimeApiException>(() => worker.ChangeAsync(RuntimeCommand.SetServerWeight(Backend, "a", 7), Cancel));
        haproxy.Thaw();
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, true));
        await Until.TrueAsync("a worker that answers", async () =>
        {
            try
            {
                return (await worker.ShowInfoAsync(Cancel)).Pid == worker.Pid;
            }
            catch (RuntimeApiException again) when (again.CanRetry)
            {
                return false;
            }
        });
    }

    [Theory, EveryHaproxy]
    public async Task Without_a_master_there_is_nobody(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        var master = new MasterClient(haproxy.MasterSocket, s_patient);
        (await master.ExecuteAsync(RuntimeCommand.Raw("show version"), Cancel)).ShouldStartWith(version);
        var unknown = await master.ExecuteAsync(RuntimeCommand.Raw("bogus"), Cancel);
        CommandResult.Parse(unknown).Outcome.ShouldBe(CommandOutcome.UnknownCommand);
        await haproxy.KillAsync();
        var e = await Should.ThrowAsync<RuntimeApiException>(() => master.ShowProcessesAsync(Cancel));
        (e.Error, e.CanRetry).ShouldBe((RuntimeApiError.Unreachable, true));
        (await Should.ThrowAsync<RuntimeApiException>(() => master.Worker(1).ShowInfoAsync(Cancel))).Error.ShouldBe(RuntimeApiError.Unreachable);
    }
}
