using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.Tests.Deploying;

/// <summary>What systemd hears of a manager (<c>Type=notify</c>, <c>WatchdogSec=</c>): here we are systemd.</summary>
public sealed class ServiceNoticeTests
{
    [Fact]
    public async Task Systemd_hears_that_the_manager_is_ready_then_that_it_lives_and_that_it_ends()
    {
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyBinary.System);
        var path = $"/tmp/dbsn-{RandomNumberGenerator.GetHexString(6, lowercase: true)}.sock";
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        var heard = new ConcurrentQueue<string>();
        var listening = ListenAsync(systemd, heard);
        try
        {
            await using var manager = new ManagerProcess(new ManagerConfiguration
            {
                Proxies = new Dictionary<string, string> { ["p"] = $"{{ api: \"{haproxy.ApiEndpoint}\" }}" },
                Switches = new Dictionary<string, SwitchText> { ["orders"] = new("db_servers", ["p"], new Dictionary<string, string> { ["db1"] = "127.0.0.1:1" }) },
            })
            { Before = ["env", $"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=200000"] };
            await manager.StartAsync();
            await Until.TrueAsync("five signs of life", () => heard.Count(word => word == "WATCHDOG=1") >= 5);
            heard.First().ShouldBe("READY=1");

            (await manager.StopAsync()).ShouldBe(0);
            await Until.TrueAsync("the end", () => heard.Contains("STOPPING=1"));
            heard.Last().ShouldBe("STOPPING=1");
        }
        finally
        {
            systemd.Dispose();
            await listening;
            File.Delete(path);
        }
    }

    private static async Task ListenAsync(Socket systemd, ConcurrentQueue<string> heard)
    {
        var buffer = new byte[256];
        try
        {
            while (true)
            {
                heard.Enqueue(Encoding.ASCII.GetString(buffer, 0, await systemd.ReceiveAsync(buffer)));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
