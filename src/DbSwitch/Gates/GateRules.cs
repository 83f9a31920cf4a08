using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using DbSwitch.Databases;

namespace DbSwitch.Gates;

/// <summary>What must hold of a gate before a switchover begins. Pure.</summary>
internal static class GateRules
{
    // Beside the pause itself a switchover takes up to so long until its clients go on.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>The longest server_login_retry that clients hardly notice.</summary>
    public static readonly TimeSpan ShortRetry = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with a port that several processes share, fit to follow the gate's name.</summary>
    public const string SharedPort =
        "shares its port with other PgBouncer processes (so_reuseport = 1): PAUSE would reach one of them, RESUME another. Give each process a unix_socket_dir of its own, and write one gate for each: "
        + "pgbouncer: \"unix:/run/pgbouncer-1/.s.PGSQL.6432\"";

    public static Guard Of(GateConfiguration gate, GateLook look) => look.Facts switch
    {
        null => new Guard(Name(gate), GuardVerdict.Unknown, $"gate {gate.Name} {look.Reason}"),
        { SharesPort: true } when gate.SocketFile is null => No(gate, SharedPort),
        { MayPause: false } => No(gate, $"does not let {gate.User} pause: add it to admin_users"),
        { AllPaused: true } => No(gate, "is paused as a whole by somebody (PAUSE without a database): end that first, with RESUME in its admin console"),
        { Disabled: true } => No(gate, $"has {gate.Database} disabled (ENABLE {gate.Database} ends that)"),
        { PoolsSessions: true } when !gate.Kill => No(gate, $"pools sessions: PAUSE would not return before each of its clients has left (set pool_mode = transaction, or \"kill: true\" to cut them off after {Durations.Show(gate.Pause)})"),
        { WaitsFor: { Ticks: > 0 } patience } when patience < gate.Pause + Rest => No(gate, $"cuts clients off that wait for {Text(patience)} (query_wait_timeout), and \"pause\" may take {Durations.Show(gate.Pause)}"),
        { RetriesAfter: var retry } when gate.Kill && retry > ShortRetry => No(gate, $"opens no connection for {Text(retry)} after one that failed (server_login_retry), which a client that arrives after KILL would bring about: set it to 1 or less"),
        var facts => new Guard(Name(gate), GuardVerdict.Passed, $"clients of gate {gate.Name} will wait; {(facts.Open == 1 ? "1 transaction is" : $"{facts.Open} transactions are")} open now (server_login_retry is {Text(facts.RetriesAfter)})"),
    };

    private static Guard No(GateConfiguration gate, string why) => new(Name(gate), GuardVerdict.Failed, $"gate {gate.Name} {why}");

    private static string Name(GateConfiguration gate) => $"gate-{gate.Name}";

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
