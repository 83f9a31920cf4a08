using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Keeping;

/// <summary>Values for tables: servers, sessions and what a proxy was seen to have.</summary>
internal static class Some
{
    public static readonly ServerSpec Db1 = new("db1_8310", new IPEndPoint(IPAddress.Loopback, 8310));
    public static readonly ServerSpec Db2 = new("db2_8311", new IPEndPoint(IPAddress.Loopback, 8311));
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    public static Goal Keep(ServerSpec? server) => new(1, server, server is not null) { Grace = Grace };

    public static Goal Prepare(ServerSpec? server) => new(1, server, false) { Grace = Grace, DeletesLeftovers = false };

    public static ProxyObservation.Seen Seen(string version, params ObservedServer[] servers) => new(Process(version), servers);

    public static ProcessInfo Process(string version = "3.2.26", int pid = 1, long start = 1000) => new(version, pid, start, TimeSpan.FromMinutes(1), false, 100, 0);

    public static ObservedServer Ready(ServerSpec spec, int sessions = 0) => new(State(spec, ServerAdminState.None), Sessions(spec, sessions), null, false, false);

    public static ObservedServer Fenced(ServerSpec spec, bool pinned = false) => new(State(spec, ServerAdminState.ForcedMaintenance), [], TimeSpan.FromSeconds(1), true, pinned);

    /// <summary>In maintenance, with sessions that live on.</summary>
    public static ObservedServer Maintained(ServerSpec spec, TimeSpan since, params ServerSideState[] sessions) =>
        new(State(spec, ServerAdminState.ForcedMaintenance), [.. sessions.Select((s, i) => Session(spec, i, s))], since, false, false);

    public static ServerState State(ServerSpec spec, ServerAdminState admin, int id = 1) => new(
        "be", id, spec.Name, spec.Address.Address, spec.Address.Port,
        (admin & ServerAdminState.AnyMaintenance) == 0 ? ServerOperationalState.Running : ServerOperationalState.Stopped, admin, TimeSpan.FromHours(1)) { Weight = 1, ConfiguredWeight = 1 };

    public static SessionState Session(ServerSpec spec, int number, ServerSideState state = ServerSideState.Established) =>
        new($"0x{number + 1:x}", "127.0.0.1:1", "db", "be", spec.Name, state);

    private static SessionState[] Sessions(ServerSpec spec, int count) => [.. Enumerable.Range(0, count).Select(i => Session(spec, i))];
}
