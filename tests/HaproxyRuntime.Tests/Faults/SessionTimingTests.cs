namespace HaproxyRuntime.Tests.Faults;

/// <summary>When a session's callers go on: each at its own deadline, and none kept by what another does with its answer.</summary>
public sealed class SessionTimingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_has_a_deadline_of_its_own()
    {
        var clock = new TestClock();
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { Time = clock, AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        haproxy.Hold();
        var first = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        clock.Advance(TimeSpan.FromSeconds(1));
        var second = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
        clock.Advance(TimeSpan.FromMilliseconds(999));
        first.IsCompleted.ShouldBeFalse();

        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await Should.ThrowAsync<RuntimeApiException>(() => first)).Error.ShouldBe(RuntimeApiError.TimedOut);
        session.Overdue.ShouldBe([RuntimeCommand.ShowInfo]);
        clock.Advance(TimeSpan.FromMilliseconds(999));
        second.IsCompleted.ShouldBeFalse();

        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await Should.ThrowAsync<RuntimeApiException>(() => second)).Error.ShouldBe(RuntimeApiError.TimedOut);

        // Long after, when nothing was watched any more.
        clock.Advance(TimeSpan.FromMinutes(1));
        var third = session.ExecuteAsync(RuntimeCommand.ShowBackends, Cancel);
        clock.Advance(TimeSpan.FromSeconds(2));
        (await Should.ThrowAsync<RuntimeApiException>(() => third)).Error.ShouldBe(RuntimeApiError.TimedOut);
        session.Overdue.ShouldBe([RuntimeCommand.ShowInfo, RuntimeCommand.ShowSessions, RuntimeCommand.ShowBackends]);

        haproxy.LetGo();
        (await session.ExecuteAsync(RuntimeCommand.ShowCliLevel, Cancel)).ShouldBe("show cli level\n");
        session.Unanswered.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_deadline_a_command_waits_until_it_is_answered()
    {
        var clock = new TestClock();
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { Time = clock, AnswerTimeout = Timeout.InfiniteTimeSpan }, Cancel);
        haproxy.Hold();
        var asked = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        clock.Advance(TimeSpan.FromDays(400));
        asked.IsCompleted.ShouldBeFalse();
        haproxy.LetGo();
        (await asked).ShouldBe("show info\n");
    }

    [Fact]
    public async Task A_caller_that_blocks_with_its_answer_in_hand_keeps_nobody_from_theirs()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        for (var round = 0; round < 50; round++)
        {
            // The first goes on where its answer was received, and there waits for the others without letting go of the thread.
            haproxy.Hold();
            var first = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
            var second = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
            var blocking = BlockAsync(first, second);
            haproxy.LetGo();
            (await blocking.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe("show sess\nshow backend\n");
        }

        async Task<string> BlockAsync(Task<string> first, Task<string> second)
        {
            await first.ConfigureAwait(false);
            var later = session.ExecuteAsync(RuntimeCommand.ShowBackends, Cancel);
            Task.WaitAll([second, later], TimeSpan.FromSeconds(10)).ShouldBeTrue();
            return second.Result + later.Result;
        }
    }
}
