using HaproxyRuntime;

// Lists who is connected through an HAProxy, the longest first: who-is-connected unix:/run/haproxy/admin.sock [BACKEND]
if (args is not [var address, ..] || !RuntimeEndpoint.TryParse(address, out var endpoint, out _))
{
    Console.Error.WriteLine("usage: who-is-connected unix:/path|tcp:host:port [BACKEND]");
    return 2;
}

try
{
    var sessions = await new RuntimeClient(endpoint).ShowSessionsAsync();

    // Runtime API connections, this one among them, are sessions of the frontend GLOBAL.
    var clients = sessions.Where(s => s.Frontend != "GLOBAL" && (args.Length < 2 || s.Backend == args[1])).OrderByDescending(s => s.Age).ToList();
    Console.WriteLine($"{"client",-24} {"frontend",-14} {"backend/server",-26} {"age",8}  state");
    foreach (var client in clients)
    {
        Console.WriteLine($"{client.Source,-24} {client.Frontend,-14} {client.Backend + "/" + (client.Server ?? "-"),-26} {client.Age,8:g}  {client.ServerSide}");
    }

    Console.WriteLine($"{clients.Count} connected, {clients.Count(c => c.IsOnItsWay)} of them not at a server yet");
    return 0;
}
catch (RuntimeApiException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
