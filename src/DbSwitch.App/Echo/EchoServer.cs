using System.Net;
using System.Net.Sockets;
using System.Text;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Echo;

/// <summary>The seed's database: a TCP server that answers each line with a prefix before it, and says so.</summary>
internal static class EchoServer
{
    public static async Task<int> RunAsync(int port, string prefix, TextWriter output, CancellationToken cancel)
    {
        // A machine may have been told to do without IPv6.
        using var listener = Socket.OSSupportsIPv6
            ? new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            listener.Listen();
        }
        catch (SocketException e)
        {
            await Console.Error.WriteLineAsync($"dbswitch: port {port} can't be listened on ({e.Message}). Is another demo running?");
            return ExitCode.Usage;
        }

        await output.WriteLineAsync($"listening on {listener.LocalEndPoint}, prefix: {prefix}");
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync(cancel), prefix, output, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Done;
        }
    }

    private static async Task ServeAsync(Socket client, string prefix, TextWriter output, CancellationToken cancel)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            while (await reader.ReadLineAsync(cancel) is { } request)
            {
                var response = $"{prefix} {request}";

                // Both lines at once: the parts of a busy log don't mix.
                await output.WriteLineAsync($"request: {request}{Environment.NewLine}response: {response}");
                await stream.WriteAsync(Encoding.UTF8.GetBytes(response + "\n"), cancel);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client went away, or we do: an echo server has nothing to put right.
        }
    }
}
