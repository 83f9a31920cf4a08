using System.Net;

namespace HaproxyRuntime.Tests.Package;

/// <summary>The examples of the package's README: what stands between "example:" and "end" stands there word for word (<see cref="ReadmeTests"/>).</summary>
internal static class ReadmeExamples
{
    public static async Task AskAsync(string address)
    {
        // example: ask
        var client = new RuntimeClient(RuntimeEndpoint.Parse(address));

        var info = await client.ShowInfoAsync();
        Console.WriteLine($"HAProxy {info.Version} has {info.CurrentConnections} connections");

        foreach (var server in await client.ShowServersStateAsync("app"))
        {
            Console.WriteLine($"{server.Name} at {server.Address}:{server.Port}: {server.OperationalState}, maintenance: {server.InMaintenance}");
        }
        // end
    }

    public static async Task KeepOpenAsync(string address)
    {
        // example: keep open
        await using var haproxy = await RuntimeSession.OpenAsync(RuntimeEndpoint.Parse(address));

        // Sent at once, answered in order: no need to wait in between.
        var backends = haproxy.ShowBackendsAsync();
        var statistics = haproxy.ShowStatisticsAsync();

        Console.WriteLine(string.Join(", ", await backends));
        foreach (var server in (await statistics).Where(row => row.Kind == StatisticsKind.Server))
        {
            Console.WriteLine($"{server.Proxy}/{server.Name} {server.Status}: {server.CurrentSessions} now, {server["hrsp_5xx"] ?? "no"} errors");
        }
        // end
    }

    public static async Task<bool> AddAsync(string address, IPEndPoint endPoint)
    {
        // example: add a server
        await using var haproxy = await RuntimeSession.OpenAsync(RuntimeEndpoint.Parse(address));

        var added = await haproxy.ChangeAsync(RuntimeCommand.AddServer("app", "app7", endPoint));
        switch (added.Outcome)
        {
            case CommandOutcome.Registered:
                await haproxy.ChangeAsync(RuntimeCommand.SetServerState("app", "app7", ServerStateRequest.Ready));
                break;
            case CommandOutcome.AlreadyExists:
                Console.WriteLine("Somebody was faster.");
                break;
            default:
                Console.WriteLine($"HAProxy refused: {added.Answer}");
                break;
        }
        // end

        return added.Succeeded;
    }

    public static async Task DrainAsync(string address)
    {
        // example: drain a server
        await using var haproxy = await RuntimeSession.OpenAsync(RuntimeEndpoint.Parse(address));
        await haproxy.ChangeAsync(RuntimeCommand.SetServerState("app", "app7", ServerStateRequest.Maintenance));

        // Who waits to try again is in no counter: only the list of sessions proves that nobody is left.
        while ((await haproxy.ShowSessionsAsync()).Any(s => s is { Backend: "app", Server: "app7" }))
        {
            await Task.Delay(200);
        }

        // Some versions can crash when a server is deleted, such as Debian 12's 2.6.12. There it stays in maintenance, where it harms nobody.
        var deleting = (await haproxy.CapabilitiesAsync())[HaproxyFeature.DeleteServer];
        if (deleting.State == FeatureState.Available)
        {
            await haproxy.ChangeAsync(RuntimeCommand.DeleteServer("app", "app7"));
        }
        else
        {
            Console.WriteLine($"app7 stays in maintenance: {deleting.Reason}");
        }
        // end
    }

    public static async Task<ReloadOutcome> ReloadAsync(string address)
    {
        // example: reload
        var master = new MasterClient(RuntimeEndpoint.Parse(address));
        var reload = await master.ReloadAsync();
        Console.WriteLine($"The reload: {reload.Outcome} {reload.Messages}");

        // Who was connected stays with the old worker, which finishes its sessions: these end at once.
        foreach (var worker in (await master.ShowProcessesAsync()).OldWorkers.Select(master.Worker))
        {
            try
            {
                foreach (var session in (await worker.ShowSessionsAsync()).Where(s => s is { Backend: "app", Server: "app1" }))
                {
                    await worker.ChangeAsync(RuntimeCommand.ShutdownSession(session.Id));
                }
            }
            catch (RuntimeApiException e) when (e.Error == RuntimeApiError.NoSuchProcess)
            {
                // It has left, and all its sessions with it.
            }
        }
        // end

        return reload.Outcome;
    }

    public static async Task<string> FailAsync(RuntimeApi haproxy, RuntimeCommand command)
    {
        // example: when it fails
        try
        {
            await haproxy.ChangeAsync(command);
            return "done";
        }
        catch (RuntimeApiException e) when (e.OutcomeIsUnknown)
        {
            // Sent, and not completely answered: HAProxy may have done it, or may yet do it. Look before you send anything again.
            return $"unknown: {e.Message}";
        }
        catch (RuntimeApiException e) when (e.CanRetry)
        {
            // Nothing was sent, or it changes nothing.
            return $"later: {e.Message}";
        }
        catch (RuntimeApiException e) when (e.Support is { } support)
        {
            // Not sent: this version of HAProxy lacks it, or is harmed by it.
            return $"not here, but with {support.AvailableSince}: {e.Message}";
        }
        // end
    }
}
