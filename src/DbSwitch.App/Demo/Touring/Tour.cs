using System.Globalization;
using System.Net;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.App.Demo.Touring;

/// <summary><c>dbswitch demo --tour</c>: the seed's walk-through and some crashes, unattended. Each step is proven by what the client received, not by what commands say of themselves.</summary>
internal sealed class Tour
{
    // Often enough for a tour of a few seconds, and rare enough to read.
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Topology _topology;
    private readonly DemoLog _log;
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;
    private readonly Patience _patience;
    private readonly ClientJournal _client = new();
    private readonly Witness _witness;
    private int _unselected;

    public Tour(Topology topology, DemoLog log, TextWriter output, TimeProvider clock)
    {
        (_topology, _log, _output, _clock, _witness, _patience) = (topology, log, output, clock, new Witness(_client, clock), new Patience(clock, Deadline));
        log.Written += line =>
        {
            if (line.Part == Topology.ClientName)
            {
                _client.Take(line.Text, line.Time);
            }
            else if (line.Part == Topology.ProxyName && line.Text.Contains("<NOSRV>", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _unselected);
            }
        };
    }

    private Database First => _topology.Databases[0];

    private Database Second => _topology.Databases[1];

    /// <returns>0 when every step went as it should, else 1.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        (string Title, Func<CancellationToken, Task<Seen>> Run)[] steps =
        [
            ("start two databases, HAProxy, the manager, a client", StartAsync),
            ("nothing is selected: clients get no answer", NothingSelectedAsync),
            ($"select {First.Name}", c => SelectAsync(First, c)),
            ("show servers state lists it", ListAsync),
            ($"switch to {Second.Name}", c => SelectAsync(Second, c)),
            ("kill HAProxy: it comes back, and nobody does anything", KillHaproxyAsync),
            ("kill the manager: clients do not notice", KillManagerAsync),
            ("select none: clients get no answer", SelectNoneAsync),
            ($"switch back to {First.Name}", c => SelectAsync(First, c)),
        ];
        var began = _clock.GetTimestamp();
        if (!await new Steps(_topology, _log, _output).RunAsync(steps, cancel))
        {
            return ExitCode.Refused;
        }

        var all = _client.Since(0);
        await _output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"The tour is over: all {steps.Length} steps went as they should, in {_clock.GetElapsedTime(began).TotalSeconds:0.0} s; of the client's {all.Count} hellos {all.Count(h => h.IsAnsweredBy(First))} were answered by {First.Name}, {all.Count(h => h.IsAnsweredBy(Second))} by {Second.Name}, and the others by none."));
        return ExitCode.Done;
    }

    private async Task<Seen> StartAsync(CancellationToken cancel)
    {
        var began = _clock.GetTimestamp();
        await _topology.StartDatabasesAsync(cancel);
        var status = await _topology.StartManagerAsync(cancel);
        _topology.StartClient(Every);
        var hellos = await _client.WaitAsync(0, all => all.Count > 0, Deadline, cancel);
        return hellos.Count > 0
            ? new Seen($"{_clock.GetElapsedTime(began).TotalSeconds:0.0} s; HAProxy {status.Proxies[0].Version}", $"nothing yet; the client says {hellos[0].Question}")
            : throw new TourException("a first hello of the client", $"none within {Deadline.TotalSeconds:0} s");
    }

    private async Task<Seen> NothingSelectedAsync(CancellationToken cancel)
    {
        var hellos = await _witness.NoneAnsweredAsync(0, 3, cancel);
        await _patience.UntilAsync(() => Volatile.Read(ref _unselected) >= hellos.Count, $"{hellos.Count} lines with <NOSRV> in HAProxy's log", () => $"{Volatile.Read(ref _unselected)} of them", cancel);
        return new Seen("HAProxy's log has <NOSRV> for each", Witness.Say(hellos));
    }

    private async Task<Seen> SelectAsync(Database database, CancellationToken cancel)
    {
        var (place, began) = (_client.Count, _clock.GetTimestamp());
        await CommandAsync(database, cancel);
        var promised = _witness.FromNowOn;
        var first = await _witness.FirstAnswerAsync(place, database, cancel);
        var hellos = await _witness.AllAnsweredAsync(promised, 3, database, cancel);

        // Once more, now that more have come: nothing of another database since the first answer.
        await _witness.FirstAnswerAsync(place, database, cancel);
        return new Seen($"first answer {_witness.Since(began, first)} after the command", Witness.Say([first, hellos[^1]]));
    }

    private async Task<Seen> ListAsync(CancellationToken cancel)
    {
        var endpoint = new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", _topology.Ports.RuntimeApi));
        var servers = WayBack.Without(ServerState.ParseAll(await new RuntimeClient(endpoint).ExecuteAsync(RuntimeCommand.Raw($"show servers state {Topology.BackendName}"), cancel)));
        var expected = $"{First.Server} at 127.0.0.1:{First.Port}, running, and no other that takes clients";
        var received = servers.Count == 0 ? "a header and nothing else" : string.Join(", ", servers.Select(s => $"{s.Name} at {s.Address}:{s.Port}, {(s.InMaintenance ? "in maintenance" : s.OperationalState.ToString().ToLowerInvariant())}"));
        return servers.Where(s => !s.InMaintenance).ToList() is [{ OperationalState: ServerOperationalState.Running } only] && only.Name == First.Server && IPAddress.Loopback.Equals(only.Address) && only.Port == First.Port
            ? new Seen("through the Runtime API", received)
            : throw new TourException(expected, received);
    }

    private async Task<Seen> KillHaproxyAsync(CancellationToken cancel)
    {
        var killed = new HaproxyFamily(_topology.RunDirectory, _clock).Living;
        var (place, began) = (_client.Count, _clock.GetTimestamp());
        foreach (var process in killed)
        {
            process.Signal(Posix.SigKill);
        }

        await _patience.UntilAsync(() => !killed.Any(p => p.IsAlive), "every HAProxy process to be dead", () => string.Join(", ", killed.Where(p => p.IsAlive)), cancel);
        var dead = _witness.FromNowOn;
        var first = await _witness.FirstAnswerAsync(dead, Second, cancel);
        var lost = _client.Since(place).TakeWhile(h => h != first).Count(h => h.Answer is null);
        var hellos = await _witness.AllAnsweredAsync(_client.Count, 3, Second, cancel);
        return new Seen($"killed {string.Join(" and ", killed)}; answers again after {_witness.Since(began, first)}, {lost} {(lost == 1 ? "hello" : "hellos")} lost", Witness.Say([first, hellos[^1]]));
    }

    private async Task<Seen> KillManagerAsync(CancellationToken cancel)
    {
        await _topology.KillManagerAsync();
        var place = _witness.FromNowOn;
        await _witness.AllAnsweredAsync(place, 5, Second, cancel);
        var status = await _topology.StartManagerAsync(cancel);
        if (status.Selection?.Target != Second.Name)
        {
            throw new TourException($"the manager, started again, to know that {Second.Name} is selected", status.Selection?.Target ?? "none");
        }

        var after = _witness.FromNowOn;
        await _witness.AllAnsweredAsync(after, 3, Second, cancel);
        var hellos = await _witness.AllAnsweredAsync(place, after + 3 - place, Second, cancel);
        return new Seen($"{hellos.Count} hellos, {hellos.Count} answers; started again, it knows what is selected", Witness.Say([hellos[0], hellos[^1]]));
    }

    private async Task<Seen> SelectNoneAsync(CancellationToken cancel)
    {
        await CommandAsync(null, cancel);
        var hellos = await _witness.NoneAnsweredAsync(_witness.FromNowOn, 3, cancel);
        return new Seen($"{hellos.Count} hellos, no answer", Witness.Say(hellos));
    }

    private async Task CommandAsync(Database? database, CancellationToken cancel)
    {
        var outcome = await _topology.SelectAsync(database, "the tour", cancel);
        if (outcome.Outcome != "succeeded")
        {
            throw new TourException($"the manager to select {database?.Name ?? "none"}", $"\"{outcome.Message}\"");
        }
    }
}
