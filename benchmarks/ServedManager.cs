using System.Diagnostics;

namespace DbSwitch.Benchmarks;

/// <summary>The executable's <c>serve</c>, in a process of its own, with one switch on one real HAProxy.</summary>
internal sealed class ServedManager : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private ServedManager(Process process, string folder) => (_process, _folder) = (process, folder);

    public static string Executable => Environment.GetEnvironmentVariable("DBSWITCH") ?? throw new InvalidOperationException("Run this through ./bench, which says where the executable is (DBSWITCH).");

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

    public static async Task<ServedManager> StartAsync(RealHaproxy haproxy)
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
                targets: { db1: { address: "127.0.0.1:1" }, db2: { address: "127.0.0.1:2" } }
                initial: db1
            """);
        var process = Process.Start(new ProcessStartInfo(Executable, ["serve", "--config", configuration]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("ready:", StringComparison.Ordinal))
        {
        }

        // What it logs from here on is read and thrown away: a full pipe would hold it up.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return new ServedManager(process, folder);
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
