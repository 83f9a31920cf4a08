using DbSwitch.Configuration;
using DbSwitch.Databases.Redis;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>A primary "db1" that is selected, its replica "db2", and a proxy in which new connections wait.</summary>
internal sealed class RedisScene : IAsyncDisposable
{
    public static readonly RedisDatabase Promoting = RealRedis.Settings with { Promote = Promotion.Self };

    private RedisScene(RealRedis primary, RealRedis replica, RealHaproxy haproxy, ManagerUnderTest manager) => (Db1, Db2, Haproxy, Manager) = (primary, replica, haproxy, manager);

    public RealRedis Db1 { get; }

    public RealRedis Db2 { get; }

    public RealHaproxy Haproxy { get; }

    public ManagerUnderTest Manager { get; }

    /// <param name="keys">What is in it from the beginning; an empty one is a scene of its own.</param>
    public static async Task<RedisScene> StartedAsync(RedisDatabase? settings = null, string name = RedisBinary.Any, string? nextName = null, string[]? more = null, int keys = 10, bool file = true, RealRedis? third = null, bool keepsRole = true)
    {
        var primary = await RealRedis.StartAsync(name, file, more ?? []);
        RealRedis? replica = null;
        RealHaproxy? haproxy = null;
        try
        {
            if (!file)
            {
                await primary.DoAsync(["ACL", "SETUSER", "dbswitch", "on", $">{RealRedis.Password}", .. RealRedis.Rights.Split(' ')]);
            }

            for (var i = 0; i < keys; i++)
            {
                await primary.DoAsync("SET", $"key:{i}", "value");
            }

            replica = await RealRedis.StartAsync(nextName ?? name, file: true, more ?? []);
            await replica.FollowAsync(primary);
            if (keepsRole)
            {
                await replica.DoAsync("CONFIG", "REWRITE");
            }

            haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
            var targets = new List<TargetConfiguration> { primary.Target("db1", settings ?? Promoting), replica.Target("db2", settings ?? Promoting) };
            if (third is not null)
            {
                await third.FollowAsync(primary);
                targets.Add(third.Target("db3", settings ?? Promoting));
            }

            var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Grace = TimeSpan.FromMilliseconds(50) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", [.. targets]);
            var scene = new RedisScene(primary, replica, haproxy, manager);
            await manager.StartAsync();
            await manager.SettledAsync("db1");
            return scene;
        }
        catch
        {
            await primary.DisposeAsync();
            await (replica?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (haproxy?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Once, when a switchover has entered a phase that often, and before anything of that is done.</summary>
    public void OnceIn(SwitchoverPhase phase, int times, Action happens)
    {
        var entered = 0;
        Manager.Manager.Progressed += (_, next) =>
        {
            if (next == phase && Interlocked.Increment(ref entered) == times)
            {
                happens();
            }
        };
    }

    public RealRedis Of(string target) => target == "db1" ? Db1 : Db2;

    /// <summary>Selects, and expects it to succeed.</summary>
    public async Task<SwitchoverRecord> SwitchAsync(string target, bool force = false)
    {
        var outcome = await Manager.SelectAsync(target, force: force);
        var record = outcome.ShouldBeOfType<SwitchoverOutcome.Ended>(outcome.Message).Record;
        record.Result.ShouldBe(SwitchoverResult.Succeeded, outcome.Message);
        return record;
    }

    /// <summary>Selects, and expects to be refused with nothing touched.</summary>
    public async Task<string> RefusedAsync(string target, bool force = false)
    {
        var outcome = await Manager.SelectAsync(target, force: force);
        return outcome.ShouldBeOfType<SwitchoverOutcome.Refused>(outcome.Message).Message;
    }

    /// <summary>The other one follows this one, and nobody can tell any more that it was closed.</summary>
    public Task RejoinedAsync(RealRedis other, string minReplicas = "0") => Until.TrueAsync($"{other.Port} to follow, and to be as before",
        async () => await other.StateAsync() == ("slave", minReplicas) && await other.InfoAsync("master_link_status") == "up", seconds: 15);

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        await Haproxy.DisposeAsync();
        await Db2.DisposeAsync();
        await Db1.DisposeAsync();
    }
}
