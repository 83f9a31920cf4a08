using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Faults;

/// <summary>A cut-short answer is an error, never a short answer: cut at every single byte.</summary>
public sealed class CutShortTests
{
    private const int Prompt = 3;

    private static readonly RuntimeOptions s_patient = new() { IgnoreCompatibility = true, ConnectTimeout = TimeSpan.FromSeconds(20), AnswerTimeout = TimeSpan.FromSeconds(20) };

    [Theory, EveryHaproxy]
    public Task No_cut_of_show_sess_is_a_shorter_list_of_sessions(string version) => CutEverywhereAsync(
        Transcript.Answer(version, "show-sess-established"),
        async api => (await api.ShowSessionsAsync()).Count(session => session.Server is not null).ShouldBe(1));

    [Theory, EveryHaproxy]
    public Task No_cut_of_show_servers_state_is_a_shorter_list_of_servers(string version) => CutEverywhereAsync(
        Transcript.Answer(version, "show-servers-state"),
        async api => (await api.ShowServersStateAsync("db_servers")).Count.ShouldBe(10));

    [Theory, EveryHaproxy]
    public Task No_cut_of_del_server_says_that_it_is_done(string version) => CutEverywhereAsync(
        Transcript.Answer(version, "del-server"),
        async api => (await api.ChangeAsync(RuntimeCommand.DeleteServer("b", "s"))).Outcome.ShouldBe(CommandOutcome.Deleted),
        resets: true);

    [Fact]
    public Task No_cut_of_the_silence_that_means_yes_means_yes() => CutEverywhereAsync(
        "",
        async api => (await api.ChangeAsync(RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Ready))).Outcome.ShouldBe(CommandOutcome.Done),
        resets: true);

    /// <summary>Every cut must be an error, and the whole must not.</summary>
    private static async Task CutEverywhereAsync(string answer, Func<RuntimeApi, Task> ask, bool resets = false)
    {
        var total = Prompt + answer.Length + Prompt;
        await Parallel.ForEachAsync(Enumerable.Range(0, 4), async (worker, cancel) =>
        {
            await using var haproxy = new FakeHaproxy(tcp: resets) { Answers = _ => answer, Resets = resets };
            for (var cut = worker; cut <= total; cut += 4)
            {
                // When all is sent, RuntimeClient still wants the orderly end that follows "quit"; a reset is not one.
                haproxy.CutsAfter = cut == total ? null : cut;
                await ExpectAsync(new RuntimeClient(haproxy.Endpoint, s_patient), cut == total);
                try
                {
                    await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_patient, cancel);
                    cut.ShouldBeGreaterThanOrEqualTo(Prompt);
                    await ExpectAsync(session, cut == total);
                }
                catch (RuntimeApiException e)
                {
                    (e.Error, cut).ShouldBe((RuntimeApiError.CutShort, Math.Min(cut, Prompt)));
                }
            }
        });

        async Task ExpectAsync(RuntimeApi api, bool whole)
        {
            if (whole && !(resets && api is RuntimeClient))
            {
                await ask(api);
                return;
            }

            var e = await Should.ThrowAsync<RuntimeApiException>(() => ask(api));
            // The session may see the end before it has something to send.
            e.Error.ShouldBeOneOf(api is RuntimeClient ? [RuntimeApiError.CutShort] : [RuntimeApiError.CutShort, RuntimeApiError.Unreachable]);
            e.Outcome.ShouldBeNull();
        }
    }
}
