namespace HaproxyRuntime.Tests.Faults;

/// <summary>The deadlines of <c>wait</c>, which HAProxy answers late by design, and of whatever is sent behind it.</summary>
public sealed class WaitTimingTests
{
    private readonly TestClock _clock = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RuntimeOptions Options => new() { Time = _clock, AnswerTimeout = TimeSpan.FromSeconds(2), IgnoreCompatibility = true };

    [Fact]
    public async Task A_wait_has_its_time_and_what_is_sent_behind_it_waits_with_it()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, Options, Cancel);
        haproxy.Hold();
        var wait = session.ExecuteAsync(Wait(10), Cancel);
        _clock.Advance(TimeSpan.FromSeconds(9));
        var behind = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
        var second = session.ExecuteAsync(Wait(20), Cancel);
        var last = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);

        // One after the other: 10 s, and then 20 s more; and 2 s for the answer.
        await PassAsync(session, [wait, behind], atLeast: TimeSpan.FromSeconds(3));
        (await Should.ThrowAsync<RuntimeApiException>(() => wait)).Problem.ShouldBe("no complete answer within 12 s");
        (await Should.ThrowAsync<RuntimeApiException>(() => behind)).Problem.ShouldBe("no complete answer within 3 s");
        await PassAsync(session, [second, last], atLeast: TimeSpan.FromSeconds(20));
        (await Should.ThrowAsync<RuntimeApiException>(() => second)).Problem.ShouldBe("no complete answer within 23 s");
        (await Should.ThrowAsync<RuntimeApiException>(() => last)).Error.ShouldBe(RuntimeApiError.TimedOut);
    }

    [Fact]
    public async Task A_deadline_before_the_one_that_the_timer_is_set_for_is_kept()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, Options, Cancel);

        haproxy.Hold();
        var wait = session.ExecuteAsync(Wait(3600), Cancel);
        _clock.Advance(TimeSpan.FromSeconds(5));

        // The timer is set for the wait by now, which is answered early, and leaves it so.
        haproxy.LetGo();
        await wait;
        haproxy.Hold();
        await PassAsync(session, [session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)], atLeast: TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_wait_that_nobody_waits_for_any_more_still_holds_up_what_is_behind_it_until_it_is_answered()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, Options, Cancel);
        haproxy.Hold();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var wait = session.ExecuteAsync(Wait(60), stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => wait);

        _clock.Advance(TimeSpan.FromSeconds(50));
        var behind = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        await PassAsync(session, [behind], atLeast: TimeSpan.FromSeconds(12));

        haproxy.LetGo();
        await Until.TrueAsync("the late answers", () => session.Unanswered.Count == 0);
        haproxy.Hold();
        await PassAsync(session, [session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)], atLeast: TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_session_without_a_deadline_has_none_for_a_wait_either_and_nor_has_a_client()
    {
        await using var haproxy = new FakeHaproxy();
        haproxy.Hold();
        var options = Options with { AnswerTimeout = Timeout.InfiniteTimeSpan };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, options, Cancel);
        Task<string>[] waits = [session.ExecuteAsync(Wait(10), Cancel), new RuntimeClient(haproxy.Endpoint, options).ExecuteAsync(Wait(10), Cancel)];
        await Until.TrueAsync("both to be asked", () => haproxy.Received.Split("wait").Length == 3);
        _clock.Advance(TimeSpan.FromDays(400));
        waits.ShouldAllBe(wait => !wait.IsCompleted);
        haproxy.LetGo();
        (await Task.WhenAll(waits)).ShouldAllBe(answer => answer == Wait(10).Text + "\n");
    }

    [Fact]
    public async Task Deadlines_longer_than_any_timer_can_be_set_for_are_kept()
    {
        await using var haproxy = new FakeHaproxy();
        var options = Options with { AnswerTimeout = TimeSpan.FromDays(60) };
        await using (var real = await RuntimeSession.OpenAsync(haproxy.Endpoint, options with { Time = TimeProvider.System }, Cancel))
        {
            (await real.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe("show info\n");
        }

        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, options, Cancel);
        haproxy.Hold();
        await PassAsync(session, [session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)], atLeast: TimeSpan.FromDays(60));
    }

    private static RuntimeCommand Wait(int seconds) => RuntimeCommand.WaitUntilRemovable("b", "s", TimeSpan.FromSeconds(seconds));

    /// <summary>They are given up when that time has passed, and not a millisecond before.</summary>
    private async Task PassAsync(RuntimeSession session, Task[] asked, TimeSpan atLeast)
    {
        var overdue = session.Overdue.Count;
        _clock.Advance(atLeast - TimeSpan.FromMilliseconds(1));
        asked.ShouldAllBe(task => !task.IsCompleted);
        session.Overdue.Count.ShouldBe(overdue);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        session.Overdue.Count.ShouldBe(overdue + asked.Length);
        foreach (var task in asked)
        {
            (await Should.ThrowAsync<RuntimeApiException>(() => task.WaitAsync(TimeSpan.FromSeconds(10), Cancel))).Error.ShouldBe(RuntimeApiError.TimedOut);
        }
    }
}
