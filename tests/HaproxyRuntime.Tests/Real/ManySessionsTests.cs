namespace HaproxyRuntime.Tests.Real;

/// <summary>Connections to a real HAProxy that were opened and dropped in every way leave no handle behind.</summary>
[Collection(nameof(AloneWithItsHandles))]
public sealed class ManySessionsTests
{
    private const int Sessions = 1_000;

    // HAProxy takes ten Runtime API connections at a time by default; the others wait in its queue.
    private const int AtOnce = 8;

    private static readonly RuntimeOptions s_patient = new() { ConnectTimeout = TimeSpan.FromSeconds(20), AnswerTimeout = TimeSpan.FromSeconds(20) };

    [Theory, EveryHaproxy]
    public async Task A_thousand_sessions_and_one_shot_commands_leave_no_handle(string version)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        RuntimeEndpoint[] endpoints = [haproxy.ApiEndpoint, haproxy.TcpApiEndpoint];
        RuntimeEndpoint nobody = new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", FreePort.Take()));

        // Once of each, so that what .NET opens for itself at the first use (its epoll, for one) is not counted.
        await EachWayAsync(0, cancel);
        var before = Handles();

        await Parallel.ForEachAsync(Enumerable.Range(0, Sessions), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (i, _) => await EachWayAsync(i, cancel));

        // The last of them may still be on its way out.
        await Until.TrueAsync($"no more handles than before ({before.Count})", () => Handles().Count <= before.Count);

        async Task EachWayAsync(int i, CancellationToken cancel)
        {
            var endpoint = endpoints[i % 2];
            await using (var session = await RuntimeSession.OpenAsync(endpoint, s_patient, cancel))
            {
                (await session.ShowInfoAsync(cancel)).Pid.ShouldBePositive();

                // One whose answer nobody waits for, and one that is cancelled at once.
                _ = session.ExecuteAsync(RuntimeCommand.ShowSessions, cancel).ContinueWith(task => task.Exception, TaskScheduler.Default);
                using var cancelled = new CancellationTokenSource();
                var given = session.ExecuteAsync(RuntimeCommand.ShowInfo, cancelled.Token);
                await cancelled.CancelAsync();
                await given.ContinueWith(task => task.Exception, TaskScheduler.Default);
            }

            await new RuntimeClient(endpoint, s_patient).ShowBackendsAsync(cancel);
            using var soon = new CancellationTokenSource();
            var asked = new RuntimeClient(endpoint, s_patient).ExecuteAsync(RuntimeCommand.ShowInfo, soon.Token);
            await soon.CancelAsync();
            await asked.ContinueWith(task => task.Exception, TaskScheduler.Default);
            (await Should.ThrowAsync<RuntimeApiException>(() => RuntimeSession.OpenAsync(nobody, s_patient, cancel))).Error.ShouldBe(RuntimeApiError.Unreachable);
            (await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(nobody, s_patient).ShowInfoAsync(cancel))).Error.ShouldBe(RuntimeApiError.Unreachable);
        }
    }

    // Sockets, pipes, timers and the like: .NET opens its own files when it first needs them.
    private static List<string> Handles() => [.. Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "").Where(target => !target.StartsWith('/'))];
}

/// <summary>Counts the process's handles, so no other test may open any meanwhile.</summary>
[CollectionDefinition(nameof(AloneWithItsHandles), DisableParallelization = true)]
public sealed class AloneWithItsHandles;
