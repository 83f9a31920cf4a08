using System.Net.Sockets;
using System.Text;
using DbSwitch.App.ExitCodes;
using HaproxyRuntime;

namespace DbSwitch.App.Echo;

/// <summary>The seed's client: every second it says hello to the database, over a connection of its own, and prints the answer, if one comes.</summary>
internal static class EchoClient
{
    /// <summary>How long one hello may take: longer than the usual hold, shorter than a person's patience.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(HostPort to, TimeSpan every, TextWriter output, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(every);
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            await output.WriteLineAsync($"sending: hello {i}");
            if (await AskAsync(to, $"hello {i}", cancel) is { } answer)
            {
                await output.WriteLineAsync(answer);
            }

            try
            {
                await timer.WaitForNextTickAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return ExitCode.Done;
    }

    /// <summary>One hello: what a container's health check and a script ask.</summary>
    public static async Task<int> AskOnceAsync(HostPort to, TextWriter output, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        if (await AskAsync(to, "hello", deadline.Token) is not { } answer)
        {
            return ExitCode.Refused;
        }

        await output.WriteLineAsync(answer);
        return ExitCode.Done;
    }

    /// <summary>One question over a connection of its own; null when it ends without an answer.</summary>
    public static async Task<string?> AskAsync(HostPort to, string question, CancellationToken cancel)
    {
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(to.Host, to.Port, cancel);
            using var stream = tcp.GetStream();
            await stream.WriteAsync(Encoding.UTF8.GetBytes(question + "\n"), cancel);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadLineAsync(cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // As with netcat: no answer is what there is to see.
            return null;
        }
    }
}
