using System.Globalization;
using System.Net;
using System.Text;
using HaproxyRuntime;

namespace DbSwitch.Simulation.Proxies;

/// <content>What it answers, in the words of HAProxy 2.6, 3.0 and 3.2 and of the companion script.</content>
internal sealed partial class SimWorker
{
    public const string Backend = "be";

    private const string ServersState = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n";

    private TimeSpan _hold = TimeSpan.FromSeconds(5);
    private bool _knowsBackend;

    /// <summary>Executes one command.</summary>
    /// <param name="connection">Which connection brought it; null when the master did.</param>
    public string Execute(string line, SimConnection? connection, Random random)
    {
        var words = line.Split(' ');
        return words switch
        {
            ["prompt"] => "",
            ["show", "info"] => Info(connection),
            ["show", "cli", "level"] => "admin\n",
            ["show", "servers", "state", Backend] => ServersState + string.Concat(_servers.Values.Select(Line)),
            ["show", "servers", "state", _] => "Can't find backend.\n",
            ["show", "sess"] => Sessions(),
            ["show", "stat", ..] => "# pxname,svname,scur,slim,stot,status,type,\n",
            ["show", "table"] => "",
            ["show", "dbswitch"] when proxy.HasScript => Script(),
            ["set", "dbswitch", "hold", Backend, var time] when proxy.HasScript => SetHold(time),
            ["set", "dbswitch", "generation", Backend, var number] when proxy.HasScript => Admit(number) ?? "done\n",
            ["set", "dbswitch", var what, var path, var number, .. var rest] when ScriptCommandsServers => ThroughScript(what, path, number, rest, random),
            ["add", "server", var path, var address] => Add(Name(path), IPEndPoint.Parse(address)),
            ["del", "server", var path] => Delete(Name(path)),
            ["set", "server", _, ..] or ["shutdown", "sessions", ..] when Stopping => "Proxy is disabled.\n",
            ["set", "server", var path, .. var rest] => _servers.TryGetValue(Name(path), out var server) ? Set(server, rest, random) : "No such server.\n",
            ["shutdown", "sessions", "server", var path] => _servers.TryGetValue(Name(path), out var server) ? Cut(server, random) : "No such server.\n",
            ["shutdown", "session", var id] => CutOne(int.Parse(id.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture), random),
            _ => "Unknown command, but maybe one of the following ones is a better match:\n",
        };
    }

    private static string Name(string path) => path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private string Info(SimConnection? connection) => string.Create(
        CultureInfo.InvariantCulture,
        $"Name: HAProxy\nVersion: {proxy.Version}\nPid: {Pid}\nUptime_sec: {(int)(clock.Now - _started).TotalSeconds}\nStart_time_sec: {1_800_000_000 + (long)_started.TotalSeconds}\nMaxconn: 4000\nCurrConns: {Streams.Count() + Silent}\nStopping: {(Stopping ? 1 : 0)}\nJobs: {Jobs + (connection is null ? 1 : 0)}\nUnstoppable Jobs: 0\n");

    private string Line(SimServer s) => string.Create(
        CultureInfo.InvariantCulture,
        $"3 {Backend} {s.Id} {s.Name} {s.Address.Address} {(s.InMaintenance ? 0 : 2)} {(s.InMaintenance ? 1 : 0)} 1 1 {(int)(clock.Now - s.Changed).TotalSeconds} 1 0 0 0 0 0 0 - {s.Address.Port} - 0 0 - - 0\n");

    private string Sessions()
    {
        var text = new StringBuilder();
        foreach (var server in _servers.Values)
        {
            foreach (var stream in server.Streams)
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{stream.Id:x}: proto=tcpv4 src=127.0.0.1:{stream.Id} fe=db be={Backend} srv={server.Name} ts=00 epoch=0 age=0s calls=2 rate=0 cpu=0 lat=0 scf=[8,0h,fd=14] scb=[{(stream.State == ServerSideState.TurnAround ? 3 : 8)},1h,fd=15] exp=1s rc=0 c_exp=\n");
            }
        }

        for (var i = 0; i < Silent + _waiting.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"0xe{i:x}: proto=tcpv4 src=127.0.0.1:9 fe=db be=<NONE> srv=<none> ts=00 epoch=0 age=0s calls=1 rate=0 cpu=0 lat=0 scf=[8,0h,fd=14] scb=[0,1h,fd=-1] exp=1s rc=0 c_exp=\n");
        }

        // The connection that asks is a session itself, the master's too.
        for (var i = 0; i < Math.Max(1, Connections.Count); i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"0xf{i:x}: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s calls=1 rate=0 cpu=0 lat=0 scf=[8,0h,fd=6] scb=[8,1h,fd=-1] exp=30s rc=0 c_exp=\n");
        }

        return text.ToString();
    }

    private string Script() => "version 1\n" + (!_knowsBackend && Generation == 0 && _waiting.Count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"backend {Backend}\ngeneration {Generation}\nhold {(long)_hold.TotalMilliseconds}\nceiling 60000\nwaiting {_waiting.Count}\nlongest_wait 0\nreleased 0\nexpired 0\ndropped 0\nhopped 0\noverrun 0\n"));

    private string SetHold(string time)
    {
        (_hold, _knowsBackend) = (TimeSpan.FromMilliseconds(long.Parse(time, CultureInfo.InvariantCulture)), true);
        return "done\n";
    }

    /// <returns>Null when it may go on; otherwise the refusal.</returns>
    private string? Admit(string number)
    {
        var generation = long.Parse(number, CultureInfo.InvariantCulture);
        if (generation < Generation)
        {
            return $"refused: generation {generation} is behind {Generation}\n";
        }

        (Generation, _knowsBackend) = (generation, true);
        proxy.Remember(generation);
        return null;
    }

    private string ThroughScript(string what, string path, string number, string[] rest, Random random)
    {
        if (!_servers.TryGetValue(Name(path), out var server))
        {
            return $"refused: no such server: {path}\n";
        }

        if (Admit(number) is { } refusal)
        {
            return refusal;
        }

        switch (what)
        {
            case "fence":
                server.Put(true, clock.Now);
                break;
            case "cut":
                Cut(server, random);
                break;
            case "address":
                Move(server, new IPEndPoint(IPAddress.Parse(rest[0]), int.Parse(rest[1], CultureInfo.InvariantCulture)), random);
                break;
            case "ready" when Stopping:
                return "refused: this worker is stopping\n";
            default:
                server.Put(false, clock.Now);
                break;
        }

        return "done\n";
    }

    private string Add(string name, IPEndPoint address) =>
        _servers.TryAdd(name, new SimServer(_nextId++, name, address, clock.Now)) ? "New server registered.\n" : "Already exists a server with the same name in backend.\n";

    private string Delete(string name)
    {
        if (!_servers.TryGetValue(name, out var server))
        {
            return "No such server.\n";
        }

        if (!server.InMaintenance)
        {
            return "Only servers in maintenance mode can be deleted.\n";
        }

        if (server.Streams.Count > 0)
        {
            return "Server still has connections attached to it, cannot remove it.\n";
        }

        _servers.Remove(name);
        return "Server deleted.\n";
    }

    private string Set(SimServer server, string[] what, Random random)
    {
        switch (what)
        {
            case ["state", var state]:
                server.Put(state == "maint", clock.Now);
                return "";
            case ["addr", var ip, "port", var port]:
                var before = server.Address;
                Move(server, new IPEndPoint(IPAddress.Parse(ip), int.Parse(port, CultureInfo.InvariantCulture)), random);
                return $"IP changed from '{before.Address}' to '{ip}' by 'stats socket command'\n";
            default:
                return "Unknown command, but maybe one of the following ones is a better match:\n";
        }
    }

    private void Move(SimServer server, IPEndPoint address, Random random)
    {
        if (proxy.Version.StartsWith("2.", StringComparison.Ordinal) || random.Next(2) == 0)
        {
            server.Address = address;
        }
        else
        {
            server.NextAddress = address;
        }
    }

    private string Cut(SimServer server, Random random)
    {
        if (random.Next(2) == 0)
        {
            EndStreams(server, _ => true);
        }
        else
        {
            for (var i = 0; i < server.Streams.Count; i++)
            {
                server.Streams[i] = server.Streams[i] with { Ends = true };
            }
        }

        return "";
    }

    private string CutOne(int id, Random random)
    {
        foreach (var server in _servers.Values)
        {
            if (server.Streams.Find(s => s.Id == id) is { } stream)
            {
                if (random.Next(2) == 0)
                {
                    EndStreams(server, s => s == stream);
                }
                else
                {
                    server.Streams[server.Streams.IndexOf(stream)] = stream with { Ends = true };
                }

                return "";
            }
        }

        return "No such session (use 'show sess').\n";
    }
}
