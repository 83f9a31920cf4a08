using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Proxies;
using HaproxyRuntime;
using static DbSwitch.Tests.Keeping.Some;

namespace DbSwitch.Tests.Keeping;

public sealed class DeciderTests
{
    private const string V26 = "2.6.12-1+deb12u4";
    private const string V30 = "3.0.11";
    private const string V32 = "3.2.26";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    [Fact]
    public void An_empty_backend_gets_the_selected_server_and_makes_it_ready_at_once() =>
        Decide(Keep(Db1), Seen(V32)).ShouldBe([new Step.Add(Db1), new Step.MakeReady(Db1.Name)]);

    [Fact]
    public void A_proxy_that_is_as_it_shall_be_is_left_alone() => Decide(Keep(Db1), Seen(V32, Ready(Db1, 7))).ShouldBeEmpty();

    [Fact]
    public void A_proxy_that_can_not_be_asked_is_left_alone() =>
        Decider.Decide(Keep(Db1), new ProxyObservation.Unknown("does not answer"), TimeSpan.Zero).ShouldBe(Decision.Nothing);

    [Fact]
    public void The_selected_server_is_added_but_not_made_ready_while_another_takes_clients() =>
        Decide(Keep(Db1), Seen(V32, Ready(Db2))).ShouldBe([new Step.Maintain(Db2.Name), new Step.Add(Db1)]);

    [Fact]
    public void The_selected_server_waits_while_another_still_has_sessions() =>
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), Maintained(Db2, TimeSpan.Zero, ServerSideState.Established))).ShouldBeEmpty();

    [Fact]
    public void Sessions_are_cut_only_after_the_grace()
    {
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), Maintained(Db2, Grace - TimeSpan.FromMilliseconds(1), ServerSideState.Established))).ShouldBeEmpty();
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), Maintained(Db2, Grace, ServerSideState.Established))).ShouldBe([new Step.Cut(Db2.Name, 1)]);
    }

    [Fact]
    public void A_server_in_maintenance_whose_sessions_were_not_asked_for_is_not_fenced()
    {
        var unasked = Maintained(Db2, Long) with { Sessions = null };
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), unasked)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ServerAdminState.InheritedMaintenance)]
    [InlineData(ServerAdminState.ResolutionMaintenance)]
    [InlineData(ServerAdminState.ConfiguredMaintenance)]
    [InlineData(ServerAdminState.ForcedDrain)]
    public void Only_maintenance_by_command_counts_since_every_other_kind_can_lift_by_itself(ServerAdminState admin)
    {
        var other = Fenced(Db2) with { State = State(Db2, admin), Fenced = false, InMaintenanceFor = null };
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), other)).ShouldBe([new Step.Maintain(Db2.Name)]);
    }

    [Fact]
    public void Once_all_others_are_fenced_the_selected_one_is_made_ready() =>
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), Fenced(Db2))).ShouldBe([new Step.MakeReady(Db1.Name)]);

    [Fact]
    public void A_selected_server_that_somebody_drains_is_made_ready_again()
    {
        var drained = Ready(Db1) with { State = State(Db1, ServerAdminState.ForcedDrain) };
        Decide(Keep(Db1), Seen(V32, drained)).ShouldBe([new Step.MakeReady(Db1.Name)]);
    }

    [Fact]
    public void Leftovers_are_deleted_only_when_nothing_else_is_left_to_do() =>
        Decide(Keep(Db1), Seen(V32, Ready(Db1), Fenced(Db2))).ShouldBe([new Step.Delete(Db2.Name)]);

    [Fact]
    public void A_leftover_that_the_configuration_pins_stays_in_maintenance() =>
        Decide(Keep(Db1), Seen(V32, Ready(Db1), Fenced(Db2, pinned: true))).ShouldBeEmpty();

    [Theory]
    [InlineData("2.6.12-1+deb12u4", false)]
    [InlineData("2.6.20", true)]
    [InlineData("2.8.11", false)]
    [InlineData("2.8.12", true)]
    [InlineData("2.9.12", false)]
    [InlineData("3.0.5", false)]
    [InlineData("3.0.11", true)]
    [InlineData("3.2.26-1", true)]
    [InlineData("unheard of", false)]
    public void Nothing_is_deleted_where_deleting_can_crash(string version, bool safe) =>
        Decide(Keep(Db1), Seen(version, Ready(Db1), Fenced(Db2))).Count.ShouldBe(safe ? 1 : 0);

    [Fact]
    public void Sessions_that_have_all_been_silent_have_no_grace_and_their_drain_all_the_same()
    {
        var silent = Maintained(Db2, TimeSpan.Zero, ServerSideState.Established, ServerSideState.Established) with { SilentFor = TimeSpan.FromSeconds(1) };
        Decide(Prepare(Db1), Seen(V32, Fenced(Db1), silent)).ShouldBe([new Step.Cut(Db2.Name, 2)]);
        Decide(Prepare(Db1) with { Grace = TimeSpan.FromSeconds(10) }, Seen(V32, Fenced(Db1), silent)).ShouldBeEmpty();
        Decide(Prepare(Db1), Seen(V32, Fenced(Db1), silent with { SilentFor = TimeSpan.FromMilliseconds(900) })).ShouldBeEmpty();
        Decide(Prepare(Db1), Seen(V32, Fenced(Db1), silent with { SilentFor = null })).ShouldBeEmpty();
    }

    [Fact]
    public void The_selected_server_at_another_address_is_fenced_then_moved_then_made_ready()
    {
        var elsewhere = Db1 with { Address = new IPEndPoint(IPAddress.Parse("10.0.0.9"), 8310) };
        Decide(Keep(Db1), Seen(V32, Ready(elsewhere))).ShouldBe([new Step.Maintain(Db1.Name)]);
        Decide(Keep(Db1), Seen(V32, Maintained(elsewhere, Long, ServerSideState.Established))).ShouldBe([new Step.Cut(Db1.Name, 1)]);
        Decide(Keep(Db1), Seen(V32, Fenced(elsewhere))).ShouldBe([new Step.SetAddress(Db1.Name, Db1.Address)]);
        Decide(Keep(Db1), Seen(V32, Fenced(Db1))).ShouldBe([new Step.MakeReady(Db1.Name)]);
    }

    [Fact]
    public void What_is_on_its_way_to_another_address_arrives_there_before_it_is_sent_back()
    {
        // HAProxy 2.9 and later answers "nothing changed" to the way back, and goes on to where it was sent first.
        var elsewhere = new IPEndPoint(IPAddress.Parse("10.0.0.9"), 8310);
        var onItsWay = Fenced(Db1) with { MovesTo = elsewhere };

        Decide(Keep(Db1), Seen(V32, onItsWay)).ShouldBe([new Step.SetAddress(Db1.Name, elsewhere)]);
        Decide(Keep(Db1 with { Address = elsewhere }), Seen(V32, onItsWay)).ShouldBe([new Step.SetAddress(Db1.Name, elsewhere)]);
    }

    [Fact]
    public void With_none_selected_everything_is_fenced_and_nothing_added() =>
        Decide(Keep(null), Seen(V32, Ready(Db1), Ready(Db2))).ShouldBe([new Step.Maintain(Db1.Name), new Step.Maintain(Db2.Name)]);

    [Fact]
    public void While_a_switchover_fences_the_new_server_is_prepared_in_maintenance_and_nothing_deleted()
    {
        Decide(Prepare(Db2), Seen(V32, Ready(Db1))).ShouldBe([new Step.Maintain(Db1.Name), new Step.Add(Db2)]);
        Decide(Prepare(Db2), Seen(V32, Fenced(Db1), Fenced(Db2))).ShouldBeEmpty();
        Decider.Decide(Prepare(Db2), Seen(V32, Fenced(Db1), Fenced(Db2)), TimeSpan.Zero).Fenced.ShouldBeTrue();
    }

    [Fact]
    public void While_a_switchover_fences_the_new_server_is_fenced_too_when_somebody_made_it_ready() =>
        Decide(Prepare(Db2), Seen(V32, Fenced(Db1), Ready(Db2))).ShouldBe([new Step.Maintain(Db2.Name)]);

    [Fact]
    public void While_the_selected_target_has_no_address_its_server_is_left_as_it_is_and_others_are_fenced()
    {
        var goal = Keep(null) with { Undetermined = Db1.Name };
        Decide(goal, Seen(V32, Ready(Db1), Ready(Db2))).ShouldBe([new Step.Maintain(Db2.Name)]);
    }

    [Theory]
    [InlineData(V26, true)]
    [InlineData(V30, false)]
    [InlineData("3.1.9", false)]
    [InlineData(V32, true)]
    public void Sessions_that_still_connect_are_cut_only_where_that_leaves_no_zombie(string version, bool all)
    {
        var other = Maintained(Db2, Long, ServerSideState.Established, ServerSideState.Connecting);
        var cut = Decide(Keep(Db1), Seen(version, Fenced(Db1), other)).ShouldHaveSingleItem().ShouldBeOfType<Step.Cut>();
        (cut.OnlySessions is null).ShouldBe(all);
        cut.Sessions.ShouldBe(all ? 2 : 1);
    }

    /// <summary>HAProxy gives the id of a session that has ended to the next client: one by one, a client that has just come may be cut instead.</summary>
    [Theory]
    [InlineData(V26)]
    [InlineData(V30)]
    [InlineData(V32)]
    public void Where_none_connects_all_are_cut_by_their_server(string version) =>
        Decide(Keep(Db1), Seen(version, Fenced(Db1), Maintained(Db2, Long, ServerSideState.Established, ServerSideState.Established))).ShouldBe([new Step.Cut(Db2.Name, 2)]);

    [Fact]
    public void Where_connecting_sessions_must_not_be_cut_they_are_waited_for() =>
        Decide(Keep(Db1), Seen(V30, Fenced(Db1), Maintained(Db2, Long, ServerSideState.Connecting))).ShouldBeEmpty();

    [Fact]
    public void An_agent_is_switched_off_wherever_it_is_and_its_server_is_not_fenced_while_it_may_act()
    {
        var asked = Fenced(Db2) with { State = State(Db2, ServerAdminState.ForcedMaintenance) with { HasAgent = true, AgentIsEnabled = true, AgentMayAct = true }, Fenced = false };
        Decide(Keep(Db1), Seen(V32, Fenced(Db1), asked)).ShouldBe([new Step.DisableAgent(Db2.Name)]);
        Decide(Keep(Db2), Seen(V32, asked with { State = asked.State with { AdminState = ServerAdminState.None, OperationalState = ServerOperationalState.Running } })).ShouldBe([new Step.DisableAgent(Db2.Name)]);
    }

    [Fact]
    public void What_keeps_clients_from_the_selected_server_is_put_back_but_not_what_its_health_check_says()
    {
        var ready = Ready(Db1);
        Decide(Keep(Db1), Seen(V32, ready with { State = ready.State with { Weight = 0 } })).ShouldBe([new Step.Weigh(Db1.Name, 1)]);
        Decide(Keep(Db1), Seen(V32, ready with { State = ready.State with { OperationalState = ServerOperationalState.Stopped } })).ShouldBe([new Step.Raise(Db1.Name)]);
        Decide(Keep(Db1), Seen(V32, ready with { State = ready.State with { OperationalState = ServerOperationalState.Stopping } })).ShouldBe([new Step.Raise(Db1.Name)]);
        Decide(Keep(Db1), Seen(V32, ready with { State = ready.State with { OperationalState = ServerOperationalState.Stopped, HasHealthCheck = true } })).ShouldBeEmpty();
    }

    [Fact]
    public void Sessions_that_HAProxy_can_not_end_are_named_with_the_way_that_is_left()
    {
        var stuck = Maintained(Db2, Long, ServerSideState.Established) with { Unendable = 1 };
        Decider.Decide(Keep(Db1), Seen(V32, Fenced(Db1), stuck), TimeSpan.Zero).Unfenced.ShouldNotBeNull().ShouldStartWith("HAProxy can't end 1 session with db2_8311: one side has closed");
    }

    private static IReadOnlyList<Step> Decide(Goal goal, ProxyObservation observed) => Decider.Decide(goal, observed, TimeSpan.Zero).Steps;
}
