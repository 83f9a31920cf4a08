using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Gates;
using HaproxyRuntime;

namespace DbSwitch.Tests.Gates;

/// <summary>When a gate refuses a switchover, and in which words.</summary>
public sealed class GateRulesTests
{
    private static readonly GateConfiguration Gate = new("pool", new HostPort("10.0.0.5", 6432), "dbswitch", null, "orders");
    private static readonly GateFacts Good = new(false, false, true, false, 3, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(120));

    [Fact]
    public void One_that_answers_and_may_be_paused_passes_and_says_what_it_would_wait_for()
    {
        Verdict(Good).ShouldBe((GuardVerdict.Passed, "clients of gate pool will wait; 3 transactions are open now (server_login_retry is 15 s)"));
        Verdict(Good with { Paused = true }).Verdict.ShouldBe(GuardVerdict.Passed);
        Verdict(Good with { WaitsFor = TimeSpan.Zero }).Verdict.ShouldBe(GuardVerdict.Passed);
    }

    [Fact]
    public void What_would_cost_clients_something_refuses()
    {
        Refuses(Good with { MayPause = false }, "does not let dbswitch pause: add it to admin_users");
        Refuses(Good with { SharesPort = true }, GateRules.SharedPort);
        GateRules.Of(Gate with { SocketFile = "/run/a" }, new GateLook(Good with { SharesPort = true }, null)).Verdict.ShouldBe(GuardVerdict.Passed);
        Refuses(Good with { AllPaused = true }, "is paused as a whole by somebody (PAUSE without a database): end that first, with RESUME in its admin console");
        Refuses(Good with { Disabled = true }, "has orders disabled (ENABLE orders ends that)");
        Refuses(Good with { PoolsSessions = true }, "pools sessions: PAUSE would not return before each of its clients has left (set pool_mode = transaction, or \"kill: true\" to cut them off after 5s)");
        Refuses(Good with { WaitsFor = TimeSpan.FromSeconds(9) }, "cuts clients off that wait for 9 s (query_wait_timeout), and \"pause\" may take 5s");
    }

    [Fact]
    public void To_kill_is_refused_where_a_client_that_arrives_would_close_it_for_long()
    {
        var kills = Gate with { Kill = true };
        GateRules.Of(kills, new GateLook(Good, null)).Words.ShouldContain("opens no connection for 15 s after one that failed (server_login_retry), which a client that arrives after KILL would bring about: set it to 1 or less");
        GateRules.Of(kills, new GateLook(Good with { RetriesAfter = TimeSpan.FromSeconds(1), PoolsSessions = true }, null)).Verdict.ShouldBe(GuardVerdict.Passed);
    }

    [Fact]
    public void One_that_can_not_be_asked_refuses_like_a_no()
    {
        var guard = GateRules.Of(Gate, new GateLook(null, "refuses connections at 10.0.0.5:6432", Gone: true));
        (guard.Name, guard.Verdict, guard.Words).ShouldBe(("gate-pool", GuardVerdict.Unknown, "gate pool refuses connections at 10.0.0.5:6432"));
    }

    private static void Refuses(GateFacts facts, string why) => Verdict(facts).ShouldBe((GuardVerdict.Failed, $"gate pool {why}"));

    private static (GuardVerdict Verdict, string Words) Verdict(GateFacts facts) => GateRules.Of(Gate, new GateLook(facts, null)) is var guard ? (guard.Verdict, guard.Words) : default;
}
