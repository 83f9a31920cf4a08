using DbSwitch.Proxies;
using HaproxyRuntime;
using static DbSwitch.Tests.Keeping.Some;

namespace DbSwitch.Tests.Keeping;

public sealed class BackendMemoryTests
{
    private readonly TestClock _clock = new();
    private readonly BackendMemory _memory;

    public BackendMemoryTests() => _memory = new BackendMemory(_clock);

    [Fact]
    public void A_proof_is_remembered_while_the_server_stays_in_maintenance()
    {
        Look(changed: 0, sessions: 0);
        Wait(3);
        Look(changed: 3, sessions: 0);
        Wait(10);
        Look(changed: 13, sessions: null).Fenced.ShouldBeTrue();
        NeedsSessions(changed: 13).ShouldBeFalse();
    }

    [Fact]
    public void It_is_lost_when_the_server_left_maintenance_in_between()
    {
        Look(changed: 0, sessions: 0);
        Wait(3);
        Look(changed: 3, sessions: 0);
        Wait(10);
        NeedsSessions(changed: 1).ShouldBeTrue();
        Look(changed: 1, sessions: null).Fenced.ShouldBeFalse();
    }

    [Fact]
    public void In_the_first_two_seconds_sessions_are_read_each_time_since_a_break_would_not_show()
    {
        Look(changed: 0, sessions: 0).Fenced.ShouldBeTrue();
        Wait(0.5);
        NeedsSessions(changed: 0).ShouldBeTrue();
        Look(changed: 0, sessions: 3).Fenced.ShouldBeFalse();
    }

    [Fact]
    public void A_proof_from_the_first_two_seconds_does_not_outlive_them()
    {
        Look(changed: 0, sessions: 0);
        Wait(1);
        Look(changed: 1, sessions: 0);

        // Let in and kept away again half a second after the last look; HAProxy's time of the last change can't tell.
        Wait(2.4);
        NeedsSessions(changed: 2).ShouldBeTrue();
    }

    [Fact]
    public void A_session_is_one_that_can_not_be_ended_seconds_after_it_was_cut_and_not_when_another_has_its_id_later()
    {
        Look(changed: 0, sessions: 1).Unendable.ShouldBe(0);
        _memory.WereCut(Db1.Name, ["0x1"]);
        Wait(2);
        Look(changed: 2, sessions: 1).Unendable.ShouldBe(0);
        Wait(1);
        Look(changed: 3, sessions: 1).Unendable.ShouldBe(1);

        // Ready, and in maintenance again: its sessions are others, whatever they are called.
        _memory.Update(Process(), [State(Db1, ServerAdminState.None)]);
        Look(changed: 0, sessions: 1).Unendable.ShouldBe(0);
    }

    [Fact]
    public void An_agent_that_may_act_leaves_nothing_proven()
    {
        var asked = State(Db1, ServerAdminState.ForcedMaintenance) with { AgentMayAct = true };
        _memory.Update(Process(), [asked]);
        _memory.Observe([asked], [])[0].Fenced.ShouldBeFalse();
    }

    [Fact]
    public void Everything_is_forgotten_with_the_process()
    {
        Look(changed: 0, sessions: 0);
        Wait(3);
        Look(changed: 3, sessions: 0);
        _memory.Update(Process(pid: 2), Servers(3));
        _memory.Observe(Servers(3), null)[0].Fenced.ShouldBeFalse();
    }

    [Fact]
    public void A_server_that_leaves_maintenance_starts_anew()
    {
        Look(changed: 0, sessions: 0);
        Wait(5);
        _memory.Update(Process(), [State(Db1, ServerAdminState.None)]);
        _memory.Observe([State(Db1, ServerAdminState.None)], null)[0].InMaintenanceFor.ShouldBeNull();
        Look(changed: 0, sessions: null).InMaintenanceFor.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void The_server_that_may_be_ready_needs_no_proof_but_another_of_its_name_elsewhere_does()
    {
        _memory.Update(Process(), Servers(0));
        _memory.NeedsSessions(Servers(0), Db1).ShouldBeFalse();
        _memory.NeedsSessions(Servers(0), Db1 with { Address = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1) }).ShouldBeTrue();
    }

    private static ServerState[] Servers(int changed) => [State(Db1, ServerAdminState.ForcedMaintenance) with { SinceLastChange = TimeSpan.FromSeconds(changed) }];

    private ObservedServer Look(int changed, int? sessions)
    {
        _memory.Update(Process(), Servers(changed));
        return _memory.Observe(Servers(changed), sessions is null ? null : [.. Enumerable.Range(0, sessions.Value).Select(i => Session(Db1, i))])[0];
    }

    private bool NeedsSessions(int changed)
    {
        _memory.Update(Process(), Servers(changed));
        return _memory.NeedsSessions(Servers(changed), null);
    }

    private void Wait(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
