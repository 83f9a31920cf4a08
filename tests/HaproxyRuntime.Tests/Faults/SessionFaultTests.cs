namespace HaproxyRuntime.Tests.Faults;

/// <summary>What a kept-open session makes of everything that can go wrong at the other end.</summary>
public sealed class SessionFaultTests
{
    private static readonly RuntimeOptions s_patient = new() { AnswerTimeout = TimeSpan.FromSeconds(20) };
    private static readonly RuntimeOptions s_impatient = new() { AnswerTimeout = TimeSpan.FromSeconds(1) };
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);
    private static readonly RuntimeCommand s_change = RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Ready);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wherever_an_answer_is_split_it_is_the_same_answer()
    {
        const string Answer = "> one >\n>\n\n>> two\n";
        await using var haproxy = new FakeHaproxy { Answers = _ => Answer, BetweenPieces = TimeSpan.FromMilliseconds(2) };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        for (var first = 1; first < Answer.Length + 3; first++)
        {
            haproxy.Pieces = [first, int.MaxValue];
            (await session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe(Answer);
            (await new RuntimeClient(haproxy.Endpoint, s_patient).ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe(Answer);
        }

        (haproxy.Pieces, haproxy.BetweenPieces) = ([1], TimeSpan.Zero);
        (await session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe(Answer);
    }

    [Fact]
    public async Task A_command_that_is_not_answered_times_out_and_its_outcome_is_unknown()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_impatient, Cancel);
        haproxy.Hold();

        var change = await Should.ThrowAsync<RuntimeApiException>(() => session.ChangeAsync(s_change, Cancel));
        (change.Error, change.OutcomeIsUnknown, change.CanRetry).ShouldBe((RuntimeApiError.TimedOut, true, false));
        change.Message.ShouldBe($"{haproxy.Endpoint}: \"set server b/s state ready\": no complete answer within 1 s");
        var look = await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel));
        (look.Error, look.OutcomeIsUnknown, look.CanRetry).ShouldBe((RuntimeApiError.TimedOut, false, true));
        session.Unanswered.ShouldBe([s_change, RuntimeCommand.ShowInfo]);
    }

    [Fact]
    public async Task A_late_answer_goes_to_its_own_command_and_later_commands_get_theirs()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        haproxy.Hold();
        await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_change, Cancel));

        var later = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        var last = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
        haproxy.LetGo();

        (await later).ShouldBe("show info\n");
        (await last).ShouldBe("show sess\n");
        session.Unanswered.ShouldBeEmpty();
        haproxy.Received.ShouldBe("prompt\nset server b/s state ready\nshow info\nshow sess\n");
    }

    [Fact]
    public async Task Nothing_is_ever_sent_twice()
    {
        await using var haproxy = new FakeHaproxy { Answers = _ => "nonsense\n" };
        await using (var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_impatient, Cancel))
        {
            (await Should.ThrowAsync<RuntimeApiException>(() => session.ChangeAsync(s_change, Cancel))).Error.ShouldBe(RuntimeApiError.Unexpected);
            haproxy.Hold();
            await Should.ThrowAsync<RuntimeApiException>(() => session.ChangeAsync(s_change, Cancel));
            haproxy.Close();
            await session.Ended;
            (await Should.ThrowAsync<RuntimeApiException>(() => session.ChangeAsync(s_change, Cancel))).Error.ShouldBe(RuntimeApiError.Unreachable);
        }

        haproxy.LetGo();
        haproxy.Received.ShouldBe("prompt\nset server b/s state ready\nset server b/s state ready\n");
        await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(haproxy.Endpoint, s_patient).ChangeAsync(s_change, Cancel));
        haproxy.Received.Length.ShouldBe("prompt\nset server b/s state ready\nset server b/s state ready\nprompt\nset server b/s state ready\nquit\n".Length);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task When_the_other_end_closes_everybody_who_waits_learns_it_and_the_session_says_who_ended_it(bool tcp, bool resets)
    {
        await using var haproxy = new FakeHaproxy(tcp) { Resets = resets };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        haproxy.Hold();
        var asked = Enumerable.Range(0, 3).Select(_ => session.ExecuteAsync(s_change, Cancel)).ToList();
        await Until.TrueAsync("the commands to arrive", () => haproxy.Received.Split("ready\n").Length == 4);
        session.Ended.IsCompleted.ShouldBeFalse();
        session.EndedByPeer.ShouldBeFalse();

        haproxy.Close();

        foreach (var task in asked)
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(() => task);
            (e.Error, e.Command, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.CutShort, s_change, true));
        }

        (await session.Ended.WaitAsync(s_longest, Cancel)).Problem.ShouldBe(resets ? "the connection broke (Connection reset by peer)" : "HAProxy closed the connection");
        session.EndedByPeer.ShouldBeTrue();
        session.Unanswered.ShouldBeEmpty();
        var late = await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_change, Cancel));
        (late.Error, late.CanRetry, late.OutcomeIsUnknown).ShouldBe((RuntimeApiError.Unreachable, true, false));
        late.Problem.ShouldStartWith("the connection has ended (");
    }

    [Fact]
    public async Task Closed_on_our_side_it_ends_and_says_that_it_was_us()
    {
        await using var haproxy = new FakeHaproxy();
        var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        haproxy.Hold();
        var asked = session.ExecuteAsync(s_change, Cancel);

        await Task.WhenAll(session.DisposeAsync().AsTask(), session.DisposeAsync().AsTask());

        var e = await Should.ThrowAsync<RuntimeApiException>(() => asked);
        (e.Error, e.OutcomeIsUnknown, e.Problem).ShouldBe((RuntimeApiError.CutShort, true, "it was closed on our side before the answer was complete"));
        session.Ended.IsCompletedSuccessfully.ShouldBeTrue();
        session.EndedByPeer.ShouldBeFalse();
        await session.DisposeAsync();
        (await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_change, Cancel))).Problem.ShouldBe("the connection has ended (it was closed on our side)");
    }

    [Fact]
    public async Task Answers_that_came_before_the_end_are_answers()
    {
        await using var haproxy = new FakeHaproxy { Answers = command => command == "show info" ? "yes\n" : "no" };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        haproxy.Hold();
        var first = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        var second = session.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel);
        haproxy.CutsAfter = "\n> yes\n\n> no".Length;
        haproxy.LetGo();

        (await first).ShouldBe("yes\n");
        var e = await Should.ThrowAsync<RuntimeApiException>(() => second);
        (e.Error, e.Answer).ShouldBe((RuntimeApiError.CutShort, "no"));
    }

    [Fact]
    public async Task A_connection_that_can_not_be_sent_to_ends()
    {
        await using var haproxy = new FakeHaproxy { StopsListening = true };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        await Until.TrueAsync("a command that can't be sent", async () =>
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_change, Cancel));
            return e.Problem.Contains("Broken pipe", StringComparison.Ordinal);
        });
        await session.Ended.WaitAsync(s_longest, Cancel);
        session.EndedByPeer.ShouldBeTrue();
    }

    [Theory]
    [InlineData("hello\n\n> ")]
    [InlineData("220 mail.example ESMTP\r\n\n> ")]
    public async Task What_does_not_greet_as_HAProxy_does_is_not_used(string greeting)
    {
        await using var haproxy = new FakeHaproxy { Greets = greeting };
        var open = await Should.ThrowAsync<RuntimeApiException>(() => RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel));
        (open.Error, open.Command).ShouldBe((RuntimeApiError.Unexpected, null));
        open.Problem.ShouldStartWith("this is not HAProxy's Runtime API: it answered \"" + greeting[..5]);
        var ask = await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(haproxy.Endpoint, s_patient).ExecuteAsync(s_change, Cancel));
        (ask.Error, ask.OutcomeIsUnknown).ShouldBe((RuntimeApiError.Unexpected, true));
    }

    [Fact]
    public async Task What_says_too_much_at_the_greeting_is_not_used()
    {
        await using var haproxy = new FakeHaproxy { Greets = "\n> \n> " };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        (await session.Ended.WaitAsync(s_longest, Cancel)).Error.ShouldBe(RuntimeApiError.Unexpected);
        (await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(haproxy.Endpoint, s_patient).ExecuteAsync(s_change, Cancel))).Error.ShouldBe(RuntimeApiError.Unexpected);
    }

    [Theory]
    [InlineData("Server deleted.\n\n> ")]
    [InlineData("Server deleted.")]
    [InlineData("x")]
    public async Task What_nobody_asked_for_ends_the_session_before_it_can_answer_the_next_command(string words)
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        await haproxy.SayAsync(words);
        var reason = await session.Ended.WaitAsync(s_longest, Cancel);
        (reason.Error, reason.Problem).ShouldBe((RuntimeApiError.Unexpected, $"it said something that was not asked for (\"{words.Split('\n')[0]}{(words.Contains('>') ? "  >" : "")}\")"));
        session.EndedByPeer.ShouldBeFalse();
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up_and_takes_little_memory()
    {
        var options = s_patient with { MaximumAnswerBytes = 1_000_000 };
        await using var haproxy = new FakeHaproxy { Floods = true };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, options, Cancel);
        foreach (var api in (RuntimeApi[])[session, new RuntimeClient(haproxy.Endpoint, options)])
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(() => api.ExecuteAsync(s_change, Cancel));
            (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TooLong, true));
            e.Problem.ShouldStartWith(api is RuntimeClient ? "the answer is longer than 1,000,000 bytes" : "an answer is longer than 1,000,000 bytes");
            e.Answer!.Length.ShouldBe(4096);
        }

        // What was never read took no memory.
        haproxy.BytesSent.ShouldBeLessThan(20_000_000);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task An_answer_may_be_as_long_as_allowed_and_not_a_byte_longer(int more, bool allowed)
    {
        var options = s_patient with { MaximumAnswerBytes = 10_000 };
        await using var haproxy = new FakeHaproxy { Answers = _ => new string('x', 10_000 + more) };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, options, Cancel);
        foreach (var api in (RuntimeApi[])[session, new RuntimeClient(haproxy.Endpoint, options)])
        {
            var asked = api.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
            if (allowed)
            {
                (await asked).Length.ShouldBe(10_000);
            }
            else
            {
                (await Should.ThrowAsync<RuntimeApiException>(() => asked)).Error.ShouldBe(RuntimeApiError.TooLong);
            }
        }
    }

    [Fact]
    public async Task Many_short_answers_at_once_are_not_one_long_one()
    {
        await using var haproxy = new FakeHaproxy { Answers = _ => new string('x', 90) };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient with { MaximumAnswerBytes = 100 }, Cancel);
        haproxy.Hold();
        var asked = Enumerable.Range(0, 100).Select(_ => session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ToList();
        haproxy.LetGo();
        (await Task.WhenAll(asked)).ShouldAllBe(answer => answer.Length == 90);
    }

    [Fact]
    public async Task A_thousand_concurrent_commands_get_their_own_answers_in_the_order_they_were_sent()
    {
        await using var haproxy = new FakeHaproxy { Pieces = [7] };
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        var asked = Enumerable.Range(0, 1000).Select(i => Task.Run(() => session.ExecuteAsync(RuntimeCommand.Raw($"show {i}"), Cancel), Cancel)).ToList();
        (await Task.WhenAll(asked)).ShouldBe(Enumerable.Range(0, 1000).Select(i => $"show {i}\n"));
        haproxy.Received.Split('\n').Order().ShouldBe(Enumerable.Range(0, 1000).Select(i => $"show {i}").Concat(["", "prompt"]).Order());
    }

    [Fact]
    public async Task Commands_sent_one_after_the_other_without_waiting_arrive_in_that_order()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        haproxy.Hold();
        var asked = Enumerable.Range(0, 200).Select(i => session.ExecuteAsync(RuntimeCommand.Raw($"show {i}"), Cancel)).ToList();
        haproxy.LetGo();
        await Task.WhenAll(asked);
        haproxy.Received.ShouldBe("prompt\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"show {i}\n")));
    }

    [Fact]
    public async Task A_cancelled_command_keeps_its_place_and_one_cancelled_before_it_was_sent_is_never_sent()
    {
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
        haproxy.Hold();
        using var cancel = new CancellationTokenSource();
        var asked = session.ExecuteAsync(s_change, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        session.Unanswered.ShouldBe([s_change]);
        await Should.ThrowAsync<OperationCanceledException>(() => session.ExecuteAsync(RuntimeCommand.ShowSessions, cancel.Token));

        var later = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel);
        haproxy.LetGo();
        (await later).ShouldBe("show info\n");
        haproxy.Received.ShouldBe("prompt\nset server b/s state ready\nshow info\n");
        await Should.ThrowAsync<OperationCanceledException>(() => RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, cancel.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => new RuntimeClient(haproxy.Endpoint).ExecuteAsync(s_change, cancel.Token));
    }

    [Fact]
    public async Task Half_a_command_is_never_completed_by_another_ones_bytes()
    {
        // Nobody reads, so at some point a command is sent in part; those behind it wait, and say that they were not sent.
        await using var haproxy = new FakeHaproxy();
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        haproxy.StopReading();
        var command = RuntimeCommand.Raw("set " + new string('x', 15_000));
        var asked = Enumerable.Range(0, 100).Select(_ => session.ExecuteAsync(command, Cancel)).ToList();
        var errors = new List<RuntimeApiException>();
        foreach (var task in asked)
        {
            errors.Add(await Should.ThrowAsync<RuntimeApiException>(() => task));
        }

        var unsent = errors.Count(e => e is { Error: RuntimeApiError.Unreachable, Problem: "an earlier command still waits to be sent", OutcomeIsUnknown: false });
        unsent.ShouldBeInRange(1, 99);
        errors.Count(e => e is { Error: RuntimeApiError.TimedOut, OutcomeIsUnknown: true }).ShouldBe(100 - unsent);
        session.Unanswered.Count.ShouldBe(100 - unsent);

        haproxy.ReadOn();
        await Until.TrueAsync("every command that was sent to be answered", () => session.Unanswered.Count == 0);
        haproxy.Received.ShouldBe("prompt\n" + string.Concat(Enumerable.Repeat(command.Text + "\n", 100 - unsent)));
        (await session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe("show info\n");
    }

    [Fact]
    public async Task A_thousand_sessions_leave_nothing_open()
    {
        await using var haproxy = new FakeHaproxy();
        for (var i = 0; i < 1000; i++)
        {
            await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
            _ = session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel).ContinueWith(task => task.Exception, TaskScheduler.Default);
        }

        // Other tests have files open as well; but of this socket there may be nothing left.
        await Until.TrueAsync("the connections to be closed", () => OpenSockets() < 100);
        haproxy.Connections.ShouldBe(1000);
        static int OpenSockets() => Directory.GetFiles("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task A_session_that_fails_to_open_leaves_nothing_open_and_nothing_unobserved()
    {
        var unobserved = new List<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.ToString().Contains("HaproxyRuntime.Runtime", StringComparison.Ordinal))
            {
                unobserved.Add(e.Exception);
            }
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await using var haproxy = new FakeHaproxy { Greets = "no\n> " };
            for (var i = 0; i < 20; i++)
            {
                await Should.ThrowAsync<RuntimeApiException>(() => RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel));
            }

            haproxy.Greets = "\n> ";
            haproxy.Hold();
            for (var i = 0; i < 4; i++)
            {
                // Long enough for a busy machine to greet, since it counts for that too.
                await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(1) }, Cancel);
                await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(RuntimeCommand.Raw("set " + new string('x', 15_000)), Cancel));
                await Should.ThrowAsync<RuntimeApiException>(() => session.ExecuteAsync(s_change, Cancel));
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            unobserved.ShouldBeEmpty();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    }

    [Fact]
    public async Task Ending_it_while_it_is_used_hurts_nobody()
    {
        await using var haproxy = new FakeHaproxy();
        for (var i = 0; i < 100; i++)
        {
            var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, Cancel);
            var users = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    try
                    {
                        (await session.ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe("show info\n");
                    }
                    catch (RuntimeApiException e)
                    {
                        e.Error.ShouldBeOneOf(RuntimeApiError.CutShort, RuntimeApiError.Unreachable);
                        if (e.Error == RuntimeApiError.Unreachable)
                        {
                            return;
                        }
                    }
                }
            }, Cancel)).ToList();
            await Task.Yield();
            if (i % 2 == 0)
            {
                await session.DisposeAsync();
            }
            else
            {
                haproxy.Close();
                (await session.Ended.WaitAsync(s_longest, Cancel)).Error.ShouldBe(RuntimeApiError.CutShort);
            }

            await Task.WhenAll(users).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
            await session.DisposeAsync();
        }
    }
}
