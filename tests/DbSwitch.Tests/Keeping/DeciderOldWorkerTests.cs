using DbSwitch.Keeping;
using DbSwitch.Proxies;
using HaproxyRuntime;
using static DbSwitch.Tests.Keeping.Some;

namespace DbSwitch.Tests.Keeping;

/// <summary>What a reload has left over, and what the companion script has heard, as a table.</summary>
public sealed class DeciderOldWorkerTests
{
    private const string V32 = "3.2.26";

    [Fact]
    public void The_script_is_told_the_generation_before_anything_else() =>
        Steps(Keep(Db1) with { Generation = 3, Hold = TimeSpan.FromSeconds(5) }, Seen(V32) with { Companion = Heard(2) })
            .ShouldBe([new Step.TellGeneration(3), new Step.TellHold(TimeSpan.FromSeconds(5)), new Step.Add(Db1)]);

    [Fact]
    public void What_was_seen_before_the_script_has_heard_of_the_generation_proves_nothing()
    {
        var goal = Keep(Db1) with { Generation = 3 };

        // Until then a late command of an earlier generation can still let clients in, or move the selected server to another address.
        Decider.Decide(goal, Seen(V32, Fenced(Db1), Fenced(Db2)) with { Companion = Heard(2) }, TimeSpan.Zero).ShouldSatisfyAllConditions(
            d => d.Fenced.ShouldBeFalse(), d => d.Steps.ShouldBe([new Step.TellGeneration(3)]));
        Decider.Decide(goal, Seen(V32, Fenced(Db1), Fenced(Db2)) with { Companion = Heard(3) }, TimeSpan.Zero).ShouldSatisfyAllConditions(
            d => d.Fenced.ShouldBeTrue(), d => d.Steps.ShouldBe([new Step.MakeReady(Db1.Name)]));
    }

    [Fact]
    public void What_the_script_knows_it_is_not_told_again() =>
        Steps(Keep(Db1) with { Generation = 3, Hold = TimeSpan.FromSeconds(5) }, Seen(V32, Ready(Db1)) with { Companion = Heard(3) with { Hold = TimeSpan.FromSeconds(5) } }).ShouldBeEmpty();

    [Fact]
    public void Who_is_behind_what_a_proxy_has_heard_of_does_nothing_there()
    {
        var decision = Decider.Decide(Keep(Db1) with { Generation = 3 }, Seen(V32, Ready(Db2)) with { Companion = Heard(4) }, TimeSpan.Zero);

        (decision.Steps.Count, decision.Fenced, decision.Behind).ShouldBe((0, false, 4));
    }

    [Fact]
    public void The_selected_server_waits_for_an_old_worker_that_still_has_a_session_elsewhere() =>
        Decide(Keep(Db1), Old(Ready(Db2, sessions: 1))).Steps.ShouldBe([new Step.Add(Db1)]);

    [Fact]
    public void A_session_in_an_old_worker_with_the_selected_server_hinders_nobody() =>
        Decide(Keep(Db1), Old(Ready(Db1, sessions: 2))).Steps.ShouldBe([new Step.Add(Db1), new Step.MakeReady(Db1.Name)]);

    [Fact]
    public void The_same_name_at_another_address_is_another_database() =>
        Decide(Keep(Db1), Old(Ready(Db1 with { Address = Db2.Address }, sessions: 1))).Fenced.ShouldBeFalse();

    [Fact]
    public void Its_sessions_are_cut_one_by_one_when_the_grace_is_over_but_never_those_that_connect()
    {
        var old = Old(Ready(Db2) with { Sessions = [Session(Db2, 0), Session(Db2, 1, ServerSideState.Connecting)] });

        Decide(Prepare(Db1), old, Grace - TimeSpan.FromMilliseconds(1)).Steps.OfType<Step.CutInOldWorker>().ShouldBeEmpty();
        Decide(Prepare(Db1), old, Grace).Steps.OfType<Step.CutInOldWorker>().ShouldHaveSingleItem().Sessions.ShouldBe(["0x1"]);
    }

    [Fact]
    public void Where_the_script_can_it_puts_the_server_into_maintenance_there() =>
        Decide(Prepare(Db1), Old(Ready(Db2)) with { CanFence = true }).Steps.ShouldContain(new Step.MaintainInOldWorker(Db2.Name, 7));

    [Fact]
    public void Without_a_session_and_without_the_script_it_may_still_send_a_silent_client_there()
    {
        var decision = Decider.Decide(Prepare(Db1), Seen(V32) with { OldWorkers = [Old(Ready(Db2))] }, Grace);

        decision.Fenced.ShouldBeFalse();
        decision.Unfenced.ShouldBe($"an old worker (pid 7), left over from a reload, still has connections that it could send to {Db2.Name}; load the companion script, or wait until they end (\"hard-stop-after\" in haproxy.cfg bounds that)");
    }

    [Fact]
    public void One_that_cannot_be_asked_is_bounded_by_what_was_last_seen_there()
    {
        Decide(Keep(Db1), Old(Ready(Db1)) with { Problem = "its connection was lost" }).Fenced.ShouldBeTrue();
        Decide(Keep(Db1), Old(Ready(Db2)) with { Problem = "its connection was lost" }).Fenced.ShouldBeFalse();
        Decide(Keep(Db1), new OldWorkerObservation(7, [], false, "it does not answer")).Fenced.ShouldBeFalse();
    }

    [Fact]
    public void Where_there_is_no_HAProxy_nobody_reaches_anything()
    {
        var decision = Decider.Decide(Prepare(Db1), new ProxyObservation.Down("is down"), TimeSpan.Zero);

        (decision.Steps.Count, decision.Fenced).ShouldBe((0, true));
    }

    private static DbSwitch.Proxies.Companion Heard(long generation) => new(generation, TimeSpan.Zero, TimeSpan.Zero, 0, TimeSpan.Zero, 0, 0, 0, 0);

    private static OldWorkerObservation Old(ObservedServer server) => new(7, [server], false);

    private static (IReadOnlyList<Step> Steps, bool Fenced) Decide(Goal goal, OldWorkerObservation old, TimeSpan age = default)
    {
        var decision = Decider.Decide(goal, Seen(V32) with { OldWorkers = [old] }, age);
        return (decision.Steps, decision.Fenced);
    }

    private static IReadOnlyList<Step> Steps(Goal goal, ProxyObservation observed) => Decider.Decide(goal, observed, TimeSpan.Zero).Steps;
}
