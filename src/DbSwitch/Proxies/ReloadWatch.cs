using System.Net.Sockets;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// Notices at once that a proxy reloaded. HAProxy does not say so: a kept-open Runtime API connection stays with the old worker, keeps it alive, and shows
/// servers that look healthy, while clients reach the new worker, which has none of the servers that were added (measured on 2.6, 3.0 and 3.2). The only word of it
/// is <c>Stopping: 1</c> in <c>show info</c>, so that is asked for many times a second.
/// </summary>
/// <remarks>
/// On a thread and over a connection of its own, with blocking calls: twenty rounds a second through the thread pool cost ten times as much of a core.
/// Whatever goes wrong here is the keepers' to report: they ask the same proxy, and this only makes them ask sooner.
/// </remarks>
public sealed class ReloadWatch(ProxyLink proxy)
{
    /// <summary>A reload goes unnoticed for half of this on average.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly byte[] _answer = new byte[64 * 1024];

    public Task RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (proxy.AwaitsProof)
            {
                // A lost command is proven gone when no other connection is left in the process: this one must not be it.
                stop.WaitHandle.WaitOne(RetryInterval);
                continue;
            }

            try
            {
                using var socket = Connect();
                Ask(socket, "prompt\n"u8);
                while (!stop.IsCancellationRequested)
                {
                    // One system call that waits: on a handle it would be five. It is over sooner when HAProxy ends.
                    socket.Poll(Interval, SelectMode.SelectRead);
                    if (stop.IsCancellationRequested || proxy.AwaitsProof)
                    {
                        break;
                    }

                    if (Ask(socket, "show info\n"u8).IndexOf("\nStopping: 1\n"u8) >= 0)
                    {
                        proxy.LeaveOldWorker();
                        break;
                    }
                }
            }
            catch (SocketException)
            {
                stop.WaitHandle.WaitOne(RetryInterval);
            }
        }
    }

    private Socket Connect()
    {
        var socket = proxy.Endpoint is RuntimeEndpoint.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SendTimeout = socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            if (proxy.Endpoint is RuntimeEndpoint.Tcp tcp)
            {
                socket.NoDelay = true;
                socket.Connect(tcp.Address.Host, tcp.Address.Port);
            }
            else
            {
                socket.Connect(new UnixDomainSocketEndPoint(((RuntimeEndpoint.Unix)proxy.Endpoint).Path));
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One command in interactive mode, and its answer up to the next prompt.</summary>
    private ReadOnlySpan<byte> Ask(Socket socket, ReadOnlySpan<byte> line)
    {
        socket.Send(line);
        var length = 0;
        do
        {
            var read = socket.Receive(_answer.AsSpan(length));
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            length += read;
        }
        while (!_answer.AsSpan(0, length).EndsWith("\n> "u8) && length < _answer.Length);

        return _answer.AsSpan(0, length);
    }
}
