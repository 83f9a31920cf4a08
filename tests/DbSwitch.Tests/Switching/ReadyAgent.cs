using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Tests.Switching;

/// <summary>What an agent-check asks: it says that its server is up and ready, whoever asks.</summary>
internal sealed class ReadyAgent : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _answering;

    public ReadyAgent()
    {
        _listener.Start();
        _answering = AnswerAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What it says.</summary>
    public string Says { get; set; } = "up ready";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                using var asking = await _listener.AcceptSocketAsync();
                await asking.SendAsync(System.Text.Encoding.ASCII.GetBytes(Says + "\n"));
                asking.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
