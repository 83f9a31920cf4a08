using System.Diagnostics;
using System.Net.Sockets;

namespace DbSwitch.Benchmarks;

/// <summary>The executable's <c>serve</c>, in a process of its own, with one switch on one real HAProxy.</summary>
internal sealed class ServedManager : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private ServedManager(Process process, string folder) => (_process, _folder) = (process, folder);

    public string Configuration => Path.Combine(_folder, "dbswitch.yaml");

    public string Socket => Path.Combine(_folder, "s.sock");

    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>From the start of the process to its first answer over HTTP.</summary>
    public TimeSpan ToFirstAnswer { get; private init; }

    /// <param name="build">Null for that of the checkout.</param>
    /// <param name="databases">The addresses of db1, which is selected, and db2; null for two where nobody listens.</param>
    public static async Task<ServedManager> StartAsync(RealHaproxy haproxy, Build? build = null, (string Db1, string Db2)? databases = null)
    {
        var folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
        var configuration = Path.Combine(folder, "dbswitch.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            state: state.db
            listen: { unix: s.sock }
            proxies: { p: { api: "{{haproxy.ApiEndpoint}}" } }
            switches:
              orders:
                backend: db_servers
                proxies: [p]
                targets: { db1: { address: "{{databases?.Db1 ?? "127.0.0.1:1"}}" }, db2: { address: "{{databases?.Db2 ?? "127.0.0.1:2"}}" } }
                initial: db1
            """);
        var watch = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo((build ?? Build.OfCheckout).Path, ["serve", "--config", configuration]) { RedirectStandardOutput = true })!;
        var answered = await FirstAnswerAsync(Path.Combine(folder, "s.sock"), watch);
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("ready:", StringComparison.Ordinal))
        {
        }

        // What it logs from here on is read and thrown away: a full pipe would hold it up.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return new ServedManager(process, folder) { ToFirstAnswer = answered };
    }

    /// <summary>HTTP over its socket.</summary>
    public HttpClient Client() => Client(Socket);

    private static HttpClient Client(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost") };

    private static async Task<TimeSpan> FirstAnswerAsync(string socket, Stopwatch watch)
    {
        using var http = Client(socket);
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            try
            {
                using var answer = await http.GetAsync("/api/v1/switches");
                answer.EnsureSuccessStatusCode();
                return watch.Elapsed;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(1);
            }
        }

        throw new TimeoutException("The manager has not answered within a minute.");
    }

    /// <summary>What it uses in this time, in percent of a core.</summary>
    public async Task<double> CostAsync(TimeSpan watched)
    {
        _process.Refresh();
        var before = _process.TotalProcessorTime;
        await Task.Delay(watched);
        _process.Refresh();
        return (_process.TotalProcessorTime - before) / watched * 100;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
