using System.Net;
using HaproxyRuntime;

// Replaces a server by another one without breaking a connection: replace-server unix:/run/haproxy/admin.sock BACKEND OLD NEW IP:PORT
if (args is not [var address, var backend, var old, var next, var target]
    || !RuntimeEndpoint.TryParse(address, out var endpoint, out _)
    || !IPEndPoint.TryParse(target, out var nextAddress))
{
    Console.Error.WriteLine("usage: replace-server unix:/path|tcp:host:port BACKEND OLD NEW IP:PORT");
    return 2;
}

try
{
    await using var haproxy = await RuntimeSession.OpenAsync(endpoint);
    await DoAsync(RuntimeCommand.AddServer(backend, next, nextAddress));
    await DoAsync(RuntimeCommand.SetServerState(backend, next, ServerStateRequest.Ready));
    await DoAsync(RuntimeCommand.SetServerState(backend, old, ServerStateRequest.Drain));
    await EmptyAsync();

    // In maintenance nobody new can come; one that came in the last moment is waited for.
    await DoAsync(RuntimeCommand.SetServerState(backend, old, ServerStateRequest.Maintenance));
    await EmptyAsync();
    Console.WriteLine($"{backend}/{old} {await DeleteAsync()}, {backend}/{next} serves at {nextAddress}");
    return 0;

    async Task DoAsync(RuntimeCommand command)
    {
        var result = await haproxy.ChangeAsync(command);
        if (!result.Succeeded)
        {
            throw new RuntimeApiException(RuntimeApiError.Refused, endpoint, command, result.Answer);
        }

        Console.WriteLine(command);
    }

    async Task<string> DeleteAsync()
    {
        try
        {
            CommandResult deleted;
            while ((deleted = await haproxy.ChangeAsync(RuntimeCommand.DeleteServer(backend, old))).Outcome == CommandOutcome.StillHasConnections)
            {
                await Task.Delay(200);
            }

            return deleted.Succeeded ? "is gone" : $"stays in maintenance ({deleted.Answer})";
        }
        catch (RuntimeApiException e) when (e.Support is { } support)
        {
            // Some versions can crash when a server is deleted: it was not sent to this one. In maintenance the server harms nobody.
            return $"stays in maintenance ({support.Reason})";
        }
    }

    // Counters don't show who waits to try again: only the list of sessions proves that nobody is left.
    async Task EmptyAsync()
    {
        while ((await haproxy.ShowSessionsAsync()).Count(s => s.Backend == backend && s.Server == old) is > 0 and var left)
        {
            Console.WriteLine($"{left} still at {backend}/{old}");
            await Task.Delay(200);
        }
    }
}
catch (Exception e) when (e is RuntimeApiException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
