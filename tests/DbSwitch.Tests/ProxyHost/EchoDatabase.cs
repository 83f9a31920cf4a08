using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>The seed's database: answers each line with a prefix.</summary>
internal sealed class EchoDatabase : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _name;

    public EchoDatabase(string name)
    {
        _name = name;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the end.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                while (await reader.ReadLineAsync() is { } line)
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{_name}: {line}\n"));
                }
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }
}
