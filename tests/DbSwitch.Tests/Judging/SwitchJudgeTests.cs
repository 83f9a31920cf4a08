using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Gates;
using DbSwitch.Judging;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Switching;
using DbSwitch.Tests.Keeping;
using HaproxyRuntime;

namespace DbSwitch.Tests.Judging;

/// <summary>Whatever is not as it should be is a finding with its remedy, and the headline is what clients experience: a table.</summary>
public sealed class SwitchJudgeTests
{
    private const string Dead = "refuses connections at 127.0.0.1:8310";
    private static readonly string[] Names = ["db1", "db2"];
    private static readonly string[] Rewind = ["# on db2", "pg_rewind …"];
    private static readonly PostgresFacts Primary = new("7", "15.18", false, 7, 100, false, true);
    private static readonly PostgresFacts Replica = Primary with { IsReplica = true, ReadOnly = true, Upstream = new PostgresUpstream("db1", 5432, "streaming", default, null) };

    private enum Fault
    {
        None,
        Down,
        Unknown,
    }

    [Fact]
    public void A_primary_with_its_replica_behind_a_proxy_that_serves_it_is_as_it_should_be()
    {
        Codes(Seen()).ShouldBeEmpty();
        ClientExperience.Of(Seen()).ShouldBe(new ClientExperience(ClientState.Served, "Clients go to db1"));
    }

    [Fact]
    public void Two_that_take_writes_are_an_error_with_the_steps_of_a_rewind()
    {
        var finding = Findings(Seen(db2: Primary with { Timeline = 6 }))[0];

        (finding.Code, finding.Severity, finding.About).ShouldBe(("two-primaries", Severity.Error, "db2"));
        finding.ToString().ShouldBe("db1 and db2 both take writes (timeline 7 and timeline 6): what is written to db2 will be lost. Stop db2 at once, then rewind it (steps below)");
        finding.Steps.ShouldBe(Rewind);
        Codes(Seen(db2: Primary with { Timeline = 6 })).ShouldBe(["two-primaries", "no-replica"]);
        Codes(Seen(db2: Primary with { SystemIdentifier = "8" })).ShouldBe(["no-replica"]);
        Codes(Seen(db2: Primary) with { Selection = null }).ShouldBe(["two-primaries"]);
    }

    [Fact]
    public void An_old_primary_that_is_closed_and_no_replica_yet_stays_in_sight_with_its_steps()
    {
        var finding = Findings(Seen(db2: Primary with { ClosedBy = new Closure("3f2a", "orders", 4, 5, "db1", null), Timeline = 6 }))[0];

        finding.ToString().ShouldBe("db2 is closed to clients by dbswitch (switch orders, generation 5, manager 3f2a), since db1 was to take its place, and is no replica of db1 yet. Make it one (steps below)");
        (finding.Code, finding.Severity).ShouldBe(("not-rejoined", Severity.Warning));
        finding.Steps.ShouldBe(Rewind);
    }

    [Fact]
    public void An_old_primary_that_is_down_must_not_come_back_as_one()
    {
        var down = Seen(db2Fault: Fault.Down);
        Findings(down)[0].ToString().ShouldBe("db2 refuses connections at 127.0.0.1:8310. Before you start db2 again, rewind it (steps below); do not let it start as a primary");
        Codes(down).ShouldBe(["target-down", "no-replica"]);
        Findings(Seen(db2Fault: Fault.Down, isKnown: false))[0].Remedy.ShouldStartWith("If db2 was a primary when it stopped, rewind it");
        Findings(Seen(db2Fault: Fault.Down, steps: []))[0].Remedy.ShouldBe("");
    }

    [Fact]
    public void A_replica_that_does_not_follow_is_none()
    {
        var guard = new Guard(Guard.Replication, GuardVerdict.Failed, "db2 is a replica that does not stream (it is stopping)");

        Findings(Seen(guards: [guard])).Select(f => f.ToString()).ShouldBe(
            ["db2 is a replica that does not stream (it is stopping). Look at the log of db2", "db1 has no replica left: nothing can take its place when it fails. Bring db2 back as its replica"]);
    }

    [Fact]
    public void A_selected_target_that_clients_can_not_use_is_an_error_and_the_headline()
    {
        var down = Seen(db1Fault: Fault.Down);
        Findings(down).Select(f => f.ToString()).ShouldBe([$"clients get no answer: db1 is down ({Dead}). If db1 is surely dead: dbswitch select db2 --force"]);
        ClientExperience.Of(down).ShouldBe(new ClientExperience(ClientState.NotServed, $"Clients get no answer: db1 is down ({Dead})"));

        var readOnly = Seen(db1: Primary with { ReadOnly = true });
        Findings(readOnly)[0].ToString().ShouldBe("clients can't write: db1 is read-only (default_transaction_read_only is on). On it: ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();");
        ClientExperience.Of(readOnly).ShouldBe(new ClientExperience(ClientState.ReadOnly, "Clients can't write: db1 is read-only (default_transaction_read_only is on)"));

        var swapped = Seen(db1: Replica, db2: Primary);
        Findings(swapped)[0].ToString().ShouldBe("clients can't write: db1 is a replica. db2 takes writes: dbswitch select db2");

        Findings(Seen(db1Fault: Fault.Down, db2Fault: Fault.Down))[0].Remedy.ShouldBe("No other target answers either: start db1 again");
        ClientExperience.Of(Seen(db1Fault: Fault.Unknown)).State.ShouldBe(ClientState.Unknown);
    }

    [Fact]
    public void A_dead_proxy_is_said_to_be_dead_and_so_is_who_should_start_it()
    {
        var refused = new ProxyObservation.Unknown("nobody answers there any more (HAProxy is not running)") { IsRefused = true };
        var dead = Seen(proxy: refused);
        Findings(dead).Select(f => (f.Code, f.Severity, f.ToString())).ShouldBe([("proxy-down", Severity.Error, "p: nobody answers there any more (HAProxy is not running). Start HAProxy there")]);
        ClientExperience.Of(dead).ShouldBe(new ClientExperience(ClientState.NotServed, "Clients get no answer: p is down"));

        var stopped = new HostTrouble.Stopped("systemctl start x");
        SwitchJudge.FindingsOf(dead, _ => stopped).Select(f => f.ToString()).ShouldBe(["p: HAProxy and its supervisor are stopped. Start them: systemctl start x"]);
        SwitchJudge.FindingsOf(Seen(), _ => stopped).Select(f => (f.Severity, f.ToString()))
            .ShouldBe([(Severity.Warning, "p: its supervisor is stopped, so nobody starts HAProxy again when it dies. Start it: systemctl start x")]);

        ClientExperience.Of(Seen(proxy: new ProxyObservation.Unknown("does not answer", Silent: true))).ShouldBe(new ClientExperience(ClientState.Unknown, "Not known whether clients reach db1: p does not answer the manager"));
        ClientExperience.Of(Seen(proxy: Some.Seen("3.2"))).ShouldBe(new ClientExperience(ClientState.NotServed, "Clients get no answer: p does not serve db1"));
    }

    [Fact]
    public void None_a_hold_and_a_promotion_that_is_owed_are_told_apart()
    {
        var selection = Seen().Selection!;
        ClientExperience.Of(Seen() with { Selection = selection with { Target = null } }).ShouldBe(new ClientExperience(ClientState.NotServed, "Clients get no database: no target is selected"));
        ClientExperience.Of(Seen() with { Hold = new HoldState("ann", "", default, default) }).ShouldBe(new ClientExperience(ClientState.Waiting, "New clients wait for db1"));
        ClientExperience.Of(Seen(db1: Replica) with { AwaitsPromotion = true }).ShouldBe(new ClientExperience(ClientState.Waiting, "Clients wait until db1 is promoted"));
        ClientExperience.Of(Seen() with { Selection = null }).State.ShouldBe(ClientState.Unknown);
    }

    private static IReadOnlyList<SwitchFinding> Findings(SwitchSnapshot one) => SwitchJudge.FindingsOf(one, _ => null);

    private static IEnumerable<string> Codes(SwitchSnapshot one) => Findings(one).Select(f => f.Code);

    /// <summary>db1 is selected and db2 its replica, behind the proxy p, but for what is said here.</summary>
    private static SwitchSnapshot Seen(
        DatabaseFacts? db1 = null, DatabaseFacts? db2 = null, Fault db1Fault = Fault.None, Fault db2Fault = Fault.None, bool isKnown = true, string[]? steps = null, ProxyObservation? proxy = null, IReadOnlyList<Guard>? guards = null)
    {
        var targets = Names.ToDictionary(t => t, t => new TargetConfiguration(t, new HostPort("127.0.0.1", t == "db1" ? 8310 : 8311)));
        var serving = new ServerSpec(targets["db1"].ServerName, new IPEndPoint(IPAddress.Loopback, 8310));
        return new SwitchSnapshot
        {
            Configuration = new SwitchConfiguration("orders", "be", ["p"], targets, null),
            Selection = new Selection("db1", 3, default, "ann", ""),
            Latest = [new CycleResult("p", Some.Keep(serving), proxy ?? Some.Seen("3.2", Some.Ready(serving)), true, [], [], (proxy as ProxyObservation.Unknown)?.Reason)],
            Targets = new Dictionary<string, TargetSnapshot>
            {
                ["db1"] = Target(db1 ?? Primary, db1Fault, [], true),
                ["db2"] = Target(db2 ?? Replica, db2Fault, guards ?? (db1Fault == Fault.None ? [] : [new Guard(Guard.Replication, GuardVerdict.Unknown, "db1 is down")]), isKnown) with
                {
                    RejoinSteps = steps ?? ((db2 ?? Replica).FollowsAnother && db2Fault == Fault.None ? [] : Rewind),
                },
            },
            Gates = new Dictionary<string, GateLook?>(),
        };
    }

    private static TargetSnapshot Target(DatabaseFacts facts, Fault fault, IReadOnlyList<Guard> guards, bool isKnown) => new(
        new TargetAddress(new IPEndPoint(IPAddress.Loopback, 8310), null),
        fault switch
        {
            Fault.None => new Probe(Health.Healthy, null, default, default) { Facts = facts },
            Fault.Down => new Probe(Health.Unhealthy, Dead, default, default),
            _ => new Probe(Health.Unknown, "has not answered", default, default),
        },
        guards) { Known = isKnown ? facts : null };
}
