using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Postgres;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Demo.Touring;

/// <summary><c>dbswitch demo --postgres --tour</c>: switchovers that promote, there and back again, under a client that writes. What counts is which rows were confirmed to it, and that they are there in the end.</summary>
internal sealed partial class PostgresTour
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly Topology _topology;
    private readonly PostgresDatabases _postgres;
    private readonly DemoLog _log;
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;
    private readonly Patience _patience;
    private readonly ConcurrentQueue<Row> _rows = new();

    public PostgresTour(Topology topology, PostgresDatabases postgres, DemoLog log, TextWriter output, TimeProvider clock)
    {
        (_topology, _postgres, _log, _output, _clock, _patience) = (topology, postgres, log, output, clock, new Patience(clock, Deadline));
        log.Written += line =>
        {
            if (line.Part == Topology.ClientName && Said().Match(line.Text) is { Success: true } said)
            {
                _rows.Enqueue(new Row(Number(said, "number"), said.Groups["port"].Success ? Number(said, "port") : null, TimeSpan.FromMilliseconds(Number(said, "ms")), line.Text));
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
            ("start a PostgreSQL primary and its replica, HAProxy, the manager", StartAsync),
            ($"select {First.Name}, and write", FirstSelectionAsync),
            ($"switch to {Second.Name}: it is promoted", c => SwitchAsync(Second, c)),
            ($"make {First.Name} its replica (pg_rewind)", c => RejoinAsync(First, Second, c)),
            ("kill the manager: clients do not notice", KillManagerAsync),
            ($"switch back to {First.Name}: it is promoted", c => SwitchAsync(First, c)),
            ($"make {Second.Name} its replica (pg_rewind)", c => RejoinAsync(Second, First, c)),
            ("every confirmed row is there, once, and nobody was refused", AllAreThereAsync),
        ];
        var began = _clock.GetTimestamp();
        if (!await new Steps(_topology, _log, _output).RunAsync(steps, cancel))
        {
            return ExitCode.Refused;
        }

        var confirmed = _rows.Where(r => r.Port is not null).ToList();
        await _output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"The tour is over: all {steps.Length} steps went as they should, in {_clock.GetElapsedTime(began).TotalSeconds:0.0} s; {confirmed.Count(r => r.Port == First.Port)} rows were confirmed by {First.Name}, {confirmed.Count(r => r.Port == Second.Port)} by {Second.Name}, and none was lost; the longest wait was {confirmed.Max(r => r.Took).TotalMilliseconds:0} ms."));
        return ExitCode.Done;
    }

    private async Task<Seen> StartAsync(CancellationToken cancel)
    {
        var began = _clock.GetTimestamp();
        await _topology.StartDatabasesAsync(cancel);
        var status = await _topology.StartManagerAsync(cancel);
        return new Seen($"{_clock.GetElapsedTime(began).TotalSeconds:0.0} s; HAProxy {status.Proxies[0].Version}", "nothing yet");
    }

    private async Task<Seen> FirstSelectionAsync(CancellationToken cancel)
    {
        await CommandAsync(First, cancel);
        _topology.StartClient(Every);
        var row = await FirstRowAsync(0, First, cancel);
        return new Seen("a row each 50 ms, over a connection of its own", $"\"{row.Text}\"");
    }

    private async Task<Seen> SwitchAsync(Database database, CancellationToken cancel)
    {
        var place = _rows.Count;
        var message = await CommandAsync(database, cancel);
        var row = await FirstRowAsync(place, database, cancel);
        var rows = _rows.Skip(place).ToList();
        return rows.SkipWhile(r => r != row).FirstOrDefault(r => r.Port is { } port && port != database.Port) is { } other
            ? throw new TourException($"no row of another server after the first of {database.Name}", other.Text)
            : new Seen(message, $"\"{row.Text}\"; the longest wait was {rows.Max(r => r.Took).TotalMilliseconds:0} ms");
    }

    private async Task<Seen> RejoinAsync(Database left, Database present, CancellationToken cancel)
    {
        var began = _clock.GetTimestamp();
        await _topology.RejoinAsync(left, present, cancel);
        var row = await FirstRowAsync(_rows.Count, present, cancel);
        return new Seen(string.Create(CultureInfo.InvariantCulture, $"it has caught up after {_clock.GetElapsedTime(began).TotalSeconds:0.0} s"), $"\"{row.Text}\"");
    }

    private async Task<Seen> KillManagerAsync(CancellationToken cancel)
    {
        await _topology.KillManagerAsync();
        var place = _rows.Count;
        await _patience.UntilAsync(() => _rows.Count >= place + 5, "five more rows", () => $"{_rows.Count - place}", cancel);
        var status = await _topology.StartManagerAsync(cancel);
        return status.Selection?.Target == Second.Name
            ? new Seen($"{_rows.Count - place} rows meanwhile; started again, it knows what is selected", $"\"{_rows.Last().Text}\"")
            : throw new TourException($"the manager, started again, to know that {Second.Name} is selected", status.Selection?.Target ?? "none");
    }

    private async Task<Seen> AllAreThereAsync(CancellationToken cancel)
    {
        var before = _rows.Where(r => r.Port is not null).Select(r => r.Number).ToList();
        var there = await _postgres.RowsAsync(_topology.Ports.Clients, cancel);
        var lost = before.Except(there).ToList();
        var failed = _rows.Where(r => r.Port is null).ToList();
        return lost.Count > 0 ? throw new TourException($"all of {before.Count} confirmed rows in the table", $"{lost.Count} are not there: {string.Join(", ", lost.Take(10))}")
            : there.Count != there.Distinct().Count() ? throw new TourException("each row once", $"{there.Count - there.Distinct().Count()} are there twice")
            : failed.Count > 0 ? throw new TourException("no row that failed", $"\"{failed[0].Text}\"")
            : new Seen($"{before.Count} rows were confirmed by then", $"{there.Count} rows of the table");
    }

    private async Task<Row> FirstRowAsync(int place, Database by, CancellationToken cancel)
    {
        Row? first = null;
        await _patience.UntilAsync(() => (first = _rows.Skip(place).FirstOrDefault(r => r.Port == by.Port)) is not null, $"a row that {by.Name} has confirmed", () => _rows.LastOrDefault()?.Text ?? "no row at all", cancel);
        return first!;
    }

    private async Task<string> CommandAsync(Database database, CancellationToken cancel)
    {
        var outcome = await _topology.SelectAsync(database, "the tour", cancel);
        return outcome.Outcome == "succeeded" ? outcome.Message.TrimEnd('.') : throw new TourException($"the manager to select {database.Name}", $"\"{outcome.Message}\"");
    }

    private static int Number(Match said, string group) => int.Parse(said.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex($@"^row (?<number>\d+): (?:{PostgresClient.Confirmed}(?<port>\d+)|failed .*), (?<ms>\d+) ms$", RegexOptions.Singleline)]
    private static partial Regex Said();

    /// <param name="Port">Of the server that has confirmed it; null when it failed.</param>
    private sealed record Row(int Number, int? Port, TimeSpan Took, string Text);
}
