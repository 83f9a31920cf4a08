using System.Net;
using System.Security.Cryptography;
using DbSwitch.Tests.ProxyHost;

namespace DbSwitch.Tests.Deploying;

/// <summary>What is in deploy/systemd.</summary>
public sealed class SystemdTests
{
    private static readonly string Source = Path.Combine(Checkout.Root, "deploy", "systemd");

    /// <summary>What systemd does with a .socket unit: it opens the port, keeps it, and starts the service with it as descriptor 3, again whenever it ended.</summary>
    private const string SocketActivation =
        """
        use IO::Socket::INET; use POSIX;
        $^F = 10; # Descriptors up to 10 are passed on.
        my $port = shift @ARGV;
        my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 4096, ReuseAddr => 1) or die $!;
        while (1) {
            my $service = fork();
            if (!$service) { POSIX::dup2(fileno($socket), 3); exec @ARGV; }
            waitpid($service, 0);
            select(undef, undef, undef, 0.1);
        }
        """;

    [Fact]
    public async Task Systemd_finds_no_fault_in_the_units()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            Assert.Skip("systemd-analyze is not installed.");
        }

        var folder = Directory.CreateTempSubdirectory("dbs-").FullName;
        try
        {
            foreach (var unit in Directory.GetFiles(Source).Where(file => !file.EndsWith(".cfg", StringComparison.Ordinal)))
            {
                // The programs need not be installed here, only be there.
                var text = File.ReadAllText(unit).Replace("=/usr/bin/dbswitch ", "=/bin/true ", StringComparison.Ordinal).Replace("=/usr/sbin/haproxy ", "=/bin/true ", StringComparison.Ordinal);
                File.WriteAllText(Path.Combine(folder, Path.GetFileName(unit).Replace("@.", "@local.", StringComparison.Ordinal)), text);
            }

            Directory.GetFiles(folder).Length.ShouldBe(4);

            // Throws with what it says when it is not content.
            await Shell.RunAsync("timeout", ["30", "systemd-analyze", "verify", "--man=no", .. Directory.GetFiles(folder)]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A signal to dbswitch tells nobody what came of it: <c>systemctl reload</c> would succeed when the reload has failed.</summary>
    [Theory]
    [InlineData("dbswitch.service", "reload")]
    [InlineData("dbswitch-proxy-host@.service", "proxies reload local")]
    public void A_reload_by_systemd_waits_for_the_answer(string unit, string command)
    {
        var reload = File.ReadAllLines(Path.Combine(Source, unit)).Where(line => line.StartsWith("ExecReload=", StringComparison.Ordinal)).ShouldHaveSingleItem().Replace("%i", "local", StringComparison.Ordinal);

        reload.ShouldBe($"ExecReload=/usr/bin/dbswitch {command} --config /etc/dbswitch/dbswitch.yaml");
    }

    // systemd's own figure, from 0 (nothing is open) to 10. What is left open is needed: the network, other processes' files in /proc, memory that .NET compiles into.
    [Theory]
    [InlineData("dbswitch.service")]
    [InlineData("dbswitch-proxy-host@.service")]
    [InlineData("haproxy-db.service")]
    public async Task Systemd_counts_the_units_among_the_well_closed(string unit)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed.");

        // Ends with 1, and so throws, above 4.0. A unit that runs as root with nothing closed has 9.6.
        await Shell.RunAsync("timeout", "30", "systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=40", Path.Combine(Source, unit));
    }

    [Theory, EveryHaproxy]
    public async Task With_a_socket_unit_HAProxy_alone_survives_its_own_death_without_a_refused_connection(string version)
    {
        if (!File.Exists("/usr/bin/perl"))
        {
            Assert.Skip("perl, which plays systemd here, is not installed.");
        }

        var folder = $"/tmp/dbsw-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        try
        {
            var (port, file) = (FreePort.Take(), Path.Combine(folder, "haproxy-db.cfg"));
            File.WriteAllText(file, File.ReadAllText(Path.Combine(Source, "haproxy-db.cfg"))
                .Replace("/etc/haproxy/dbswitch.lua", Path.Combine(Checkout.Root, "deploy", "dbswitch.lua"), StringComparison.Ordinal)
                .Replace("/run/haproxy-db", folder, StringComparison.Ordinal)
                .Replace(" 5000 60000", " 20000 60000", StringComparison.Ordinal)
                .Replace("maxconn 10000", "maxconn 1000", StringComparison.Ordinal));
            await using var database = new EchoDatabase("db1:");
            await using var systemd = await GuardedProcess.StartAsync(
                Path.Combine(folder, "output"), "perl", "-e", SocketActivation, $"{port}", HaproxyBinary.For(version), "-Ws", "-S", $"{folder}/master.sock", "-f", file);
            await AddServerAsync(folder, database);
            await using var load = new SteadyLoad(new IPEndPoint(IPAddress.Loopback, port), reconnecting: 2, arrivalsPerSecond: 100);
            await load.MoreAsync(100);

            for (var time = 0; time < 3; time++)
            {
                await load.KillAsync(async () =>
                {
                    var master = LinuxProcess.ChildrenOf(systemd.Pid).ShouldHaveSingleItem();
                    int[] family = [master, .. LinuxProcess.ChildrenOf(master)];
                    foreach (var pid in family)
                    {
                        LinuxProcess.Signal(pid, LinuxProcess.SigKill);
                    }

                    await Until.TrueAsync("its death", () => !family.Any(LinuxProcess.IsAlive));
                });
                await AddServerAsync(folder, database);
                await load.MoreAsync(100);
            }

            await load.EndAsync();
            TestContext.Current.TestOutputHelper!.WriteLine($"HAProxy {version}: {load}");
            load.Failures.ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // As the manager does it, which finds a new process.
    private static Task AddServerAsync(string folder, EchoDatabase database) => Until.TrueAsync("the Runtime API", async () =>
    {
        try
        {
            await BareSocket.SendAsync($"{folder}/admin.sock", $"add server db_servers/db1 {database.Address}", patience: TimeSpan.FromSeconds(1));
            return (await BareSocket.SendAsync($"{folder}/admin.sock", "set server db_servers/db1 state ready", patience: TimeSpan.FromSeconds(1))).Trim().Length == 0;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException or TimeoutException)
        {
            return false;
        }
    });
}
