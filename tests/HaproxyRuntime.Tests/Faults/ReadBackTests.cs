using System.Net;
using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Faults;

/// <summary>An address that comes into effect some time after HAProxy has answered, or never.</summary>
public sealed class ReadBackTests
{
    private static readonly IPEndPoint s_address = IPEndPoint.Parse("10.1.2.3:5432");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_asked_for_until_it_is_there()
    {
        var asked = 0;
        await using var haproxy = Fake(() => ++asked > 3);
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel);
        (await session.SetServerAddressAndReadBackAsync("db_servers", "maint", s_address, Cancel)).Outcome.ShouldBe(CommandOutcome.AddressChanged);
        asked.ShouldBe(4);
    }

    [Fact]
    public async Task When_it_never_comes_that_is_no_success()
    {
        await using var haproxy = Fake(() => false);
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        var e = await Should.ThrowAsync<RuntimeApiException>(() => session.SetServerAddressAndReadBackAsync("db_servers", "maint", s_address, Cancel));
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, true));
    }

    private static FakeHaproxy Fake(Func<bool> isThere)
    {
        var (answer, state) = (Transcript.Answer("3.2", "set-server-addr"), Transcript.Answer("3.2", "show-servers-state"));
        return new FakeHaproxy
        {
            Answers = line => line.StartsWith("set server", StringComparison.Ordinal) ? answer
                : isThere() ? state.Replace(" maint 127.0.0.1 ", " maint 10.1.2.3 ", StringComparison.Ordinal) : state,
        };
    }
}
