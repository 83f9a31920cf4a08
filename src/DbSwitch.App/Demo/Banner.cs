using DbSwitch.App.Contracts;
using DbSwitch.App.Demo.Running;

namespace DbSwitch.App.Demo;

/// <summary>What a person in front of the demo must know: what is where, and how to switch.</summary>
internal static class Banner
{
    public static IEnumerable<string> Lines(Topology topology, SwitchView status, bool keys)
    {
        var ports = topology.Ports;
        List<(string What, string Where)> rows =
        [
            ("clients", $"127.0.0.1:{ports.Clients} (HAProxy {status.Proxies[0].Version}), and from there to the database that is selected: {status.Selection?.Target ?? "none yet"}"),
            .. topology.Databases.Select(d => ("database", $"{d.Name} at 127.0.0.1:{d.Port}")),
            ("statistics", $"http://127.0.0.1:{ports.Statistics}/stats"),
            ("Runtime API", $"127.0.0.1:{ports.RuntimeApi}, as in: echo \"show servers state\" | nc 127.0.0.1 {ports.RuntimeApi}"),
            ("page", $"{topology.PageAddress} (where the clients go, and a button to send them elsewhere)"),
            ("manager", $"http://127.0.0.1:{ports.Http}/api/v1/switches"),
            ("commands", "./dbswitch status, in another terminal; also: select, history, proxies, pause, resume (./dbswitch --help)"),
            keys ? ("keys", $"1 {Topology.Database1Name}   2 {Topology.Database2Name}   0 none   q quit") : ("end", "Ctrl-C or SIGTERM"),
        ];
        return rows.Select(r => $"{r.What,-11}  {r.Where}");
    }

    /// <summary>The seed's commands, to be typed one by one.</summary>
    public static IEnumerable<string> ByHand(Topology topology)
    {
        var (database, api) = (topology.Databases[0], topology.Ports.RuntimeApi);
        var server = $"{Topology.BackendName}/{database.Server}";
        return
        [
            "The manager is paused: HAProxy does what you type. In another terminal, one by one, with an eye on the client here and on the statistics page:",
            "",
            $"  echo \"show servers state\" | nc 127.0.0.1 {api}",
            $"  echo \"add server {server} 127.0.0.1:{database.Port}\" | nc 127.0.0.1 {api}",
            $"  echo \"set server {server} state ready\" | nc 127.0.0.1 {api}",
            $"  echo \"show servers state\" | nc 127.0.0.1 {api}",
            $"  echo \"set server {server} state maint\" | nc 127.0.0.1 {api}",
            $"  echo \"del server {server}\" | nc 127.0.0.1 {api}",
            "",
            "  ./dbswitch resume",
            "",
            "The last one sets the manager to work again: it puts back what it keeps, and says what that was.",
        ];
    }
}
