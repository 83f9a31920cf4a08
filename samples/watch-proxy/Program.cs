using HaproxyRuntime;

// Says every second how an HAProxy does, through its restarts and reloads, until Ctrl-C: watch-proxy unix:/run/haproxy/admin.sock
if (args is not [var address] || !RuntimeEndpoint.TryParse(address, out var endpoint, out _))
{
    Console.Error.WriteLine("usage: watch-proxy unix:/path|tcp:host:port");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

try
{
    while (true)
    {
        try
        {
            await WatchAsync(stop.Token);
        }
        catch (RuntimeApiException e)
        {
            Say($"gone: {e.Problem}");
        }

        await Task.Delay(TimeSpan.FromSeconds(1), stop.Token);
    }
}
catch (OperationCanceledException)
{
    return 0;
}

async Task WatchAsync(CancellationToken cancel)
{
    await using var haproxy = await RuntimeSession.OpenAsync(endpoint, cancel: cancel);
    while (true)
    {
        var info = await haproxy.ShowInfoAsync(cancel);
        if (info.Stopping)
        {
            // After a reload an open session stays with the old worker, and keeps it alive.
            Say("reloaded");
            return;
        }

        var servers = (await haproxy.ShowStatisticsAsync(cancel)).Where(row => row.Kind == StatisticsKind.Server).ToList();
        var up = servers.Count(server => server.Status is "UP" or "no check");
        Say($"HAProxy {info.Version}, process {info.Pid}, up {info.Uptime:g}: {info.CurrentConnections} connections, {up} of {servers.Count} servers up");

        // Ends early when the connection ends: the next question says why.
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), cancel), haproxy.Ended);
        cancel.ThrowIfCancellationRequested();
    }
}

static void Say(string line) => Console.WriteLine($"{DateTime.Now:HH:mm:ss} {line}");
