using System.Runtime.InteropServices;
using System.Threading.Channels;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.Demo.Touring;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.Demo;

/// <summary><c>dbswitch demo</c>: the whole topology, until a person or the tour has seen enough.</summary>
internal static class DemoProgram
{
    private static readonly TimeSpan EverySecond = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancel)
    {
        // System.CommandLine waits for the end of a command that is told to end, but only when it has returned to it once: before that it exits at once,
        // and what was started until then would have nobody to end it.
        await Task.Yield();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            end.Cancel();
        });
        using var claim = DemoClaim.Take();
        if (await DemoClaim.ClearLeftoversAsync())
        {
            Console.WriteLine("An earlier demo was killed; what it left behind has been ended.");
        }

        var ports = options.AnyPorts ? DemoPorts.Free() : DemoPorts.Usual;
        ports.Check();

        // The tour says what happens in words of its own, and shows the log only when something is wrong.
        var log = new DemoLog(options.Mode == DemoMode.Tour ? null : Console.Out, HasColours(), TimeProvider.System);
        await using var topology = new Topology(ports, options.Haproxy, companion: options.Mode != DemoMode.ByHand, options.Postgres, log);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, topology.Broken);
        try
        {
            return options.Mode == DemoMode.Tour
                ? await (topology.Postgres is { } postgres
                    ? new PostgresTour(topology, postgres, log, Console.Out, TimeProvider.System).RunAsync(either.Token)
                    : new Tour(topology, log, Console.Out, TimeProvider.System).RunAsync(either.Token))
                : await LookOnAsync(topology, log, options.Mode == DemoMode.ByHand, either.Token);
        }
        catch (OperationCanceledException) when (topology.WhatBroke is null)
        {
            log.Write(Topology.DemoName, "everything ends");
            return options.Mode == DemoMode.Tour ? ExitCode.Refused : ExitCode.Done;
        }
        catch (Exception e) when (e is DemoException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"dbswitch: the demo ends: {topology.WhatBroke ?? e.Message}");
            return ExitCode.Refused;
        }
    }

    private static async Task<int> LookOnAsync(Topology topology, DemoLog log, bool byHand, CancellationToken cancel)
    {
        await topology.StartDatabasesAsync(cancel);
        var status = await topology.StartManagerAsync(cancel);
        if (byHand)
        {
            await topology.PauseAsync("demo --by-hand", cancel);
        }

        var keys = Console.IsInputRedirected ? null : Keys.Read();
        foreach (var line in byHand ? [.. Banner.Lines(topology, status, keys is not null), "", .. Banner.ByHand(topology)] : Banner.Lines(topology, status, keys is not null))
        {
            log.Write(Topology.DemoName, line);
        }

        topology.StartClient(EverySecond);
        if (keys is null)
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        else
        {
            await ObeyAsync(keys, topology, log, cancel);
        }

        return ExitCode.Done;
    }

    private static async Task ObeyAsync(ChannelReader<char> keys, Topology topology, DemoLog log, CancellationToken cancel)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var selecting = new List<Task>();
        try
        {
            await foreach (var key in keys.ReadAllAsync(cancel))
            {
                switch (key)
                {
                    case '1' or '2':
                        selecting.Add(SelectAsync(topology.Databases[key - '1'], topology, log, leaving.Token));
                        break;
                    case '0':
                        selecting.Add(SelectAsync(null, topology, log, leaving.Token));
                        break;
                    case 'q':
                        log.Write(Topology.DemoName, "everything ends");
                        return;
                    default:
                        log.Write(Topology.DemoName, $"keys: 1 {Topology.Database1Name}, 2 {Topology.Database2Name}, 0 none, q quit");
                        break;
                }
            }

            await Task.Delay(Timeout.Infinite, cancel);
        }
        finally
        {
            // A database that is just made a replica would be started again after everything has ended.
            await leaving.CancelAsync();
            await Task.WhenAll(selecting);
        }
    }

    /// <summary>Not awaited by the keys: a person may quit while a switchover runs.</summary>
    private static async Task SelectAsync(Database? database, Topology topology, DemoLog log, CancellationToken cancel)
    {
        log.Write(Topology.DemoName, $"select {database?.Name ?? "none"}");
        try
        {
            var outcome = await topology.SelectAsync(database, "a key of the demo", cancel);
            log.Write(Topology.DemoName, outcome.Message);
            if (topology.Postgres is not null && database is not null && outcome is { Outcome: "succeeded", Switchover.From: { } from } && topology.Databases.FirstOrDefault(d => d.Name == from && d != database) is { } left)
            {
                log.Write(Topology.DemoName, $"{left.Name} is made a replica of {database.Name} (pg_rewind)");
                await topology.RejoinAsync(left, database, cancel);
                log.Write(Topology.DemoName, $"{left.Name} follows {database.Name}, and can take its place again");
            }
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // The demo ends.
        }
        catch (Exception e) when (e is CommandException or DemoException or OperationCanceledException or ObjectDisposedException or HttpRequestException or IOException)
        {
            log.Write(Topology.DemoName, $"select {database?.Name ?? "none"}: {e.Message}");
        }
    }

    private static bool HasColours() =>
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "" && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
}
