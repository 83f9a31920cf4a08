using System.Net;
using DbSwitch.Databases;
using DbSwitch.Databases.MySql;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Servers that are not made replicas, since something would be lost or its replication would go wrong unseen.</summary>
public sealed class AttachmentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Closure By { get; } = new("m1", "orders", 1, 2, "db2", new IPEndPoint(IPAddress.Loopback, 3306));

    [Fact]
    public async Task An_old_primary_that_has_lost_what_it_wrote_is_not_made_a_replica()
    {
        await using var old = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var replica = await old.ReplicaAsync();
        await old.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1); INSERT INTO orders.written VALUES (1, 2)");
        await HasAllAsync(replica, old);
        await PromoteAsync(replica);
        var written = await old.ScalarAsync("SELECT @@global.gtid_binlog_pos");
        await old.ExecuteAsync("SET GLOBAL read_only = ON");
        await using (var whole = await LookAsync(old, "db1"))
        {
            await using var selected = await LookAsync(replica, "db2");
            Attachment(whole, selected).WhyNot.ShouldBeNull();
        }

        // As after a crash in which the last transaction was not on the disk yet.
        await old.ExecuteAsync($"DELETE FROM orders.written WHERE number = 2; RESET MASTER; SET GLOBAL gtid_binlog_state = '{written[..(written.LastIndexOf('-') + 1)]}1'");

        await using var other = await LookAsync(old, "db1");
        await using var primary = await LookAsync(replica, "db2");
        var why = $"lacks transactions that it wrote itself ({written}): it lost them in a crash or was made anew, and as a replica it would never get them. Make it anew from db2 (docs/mysql.md)";
        Attachment(other, primary).WhyNot.ShouldBe(why);
        (await Should.ThrowAsync<DatabaseException>(() => Attachment(other, primary).AttachAsync(By, Cancel))).Message.ShouldBe(why);
        (await old.StatusAsync()).ShouldBeEmpty();
        MySqlKind.Instance.RejoinSteps(other, primary).ShouldContain(s => s.Contains($"lacks transactions that it wrote itself ({written})", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_sibling_has_received_and_the_new_one_never_had_is_not_thrown_away()
    {
        await using var old = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var replica = await old.ReplicaAsync();
        await using var sibling = await old.ReplicaAsync();
        await old.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1)");
        await HasAllAsync(replica, old);
        await HasAllAsync(sibling, old);
        await PromoteAsync(replica);
        await using (var before = await LookAsync(sibling, "db3"))
        {
            await using var selected = await LookAsync(replica, "db2");
            Attachment(before, selected).WhyNot.ShouldBeNull();
        }

        await sibling.ExecuteAsync("STOP SLAVE SQL_THREAD");
        await old.ExecuteAsync("INSERT INTO orders.written VALUES (1, 2)");
        var written = await old.ScalarAsync("SELECT @@global.gtid_binlog_pos");
        await Until.TrueAsync("the sibling to have received it", async () => (await sibling.StatusAsync())["Gtid_IO_Pos"] == written);

        await using var other = await LookAsync(sibling, "db3");
        await using var primary = await LookAsync(replica, "db2");
        Attachment(other, primary).WhyNot.ShouldNotBeNull().ShouldStartWith($"has transactions that db2 never had ({written}), so it is not made its replica");
        (await Should.ThrowAsync<DatabaseException>(() => Attachment(other, primary).AttachAsync(By, Cancel))).Message.ShouldBe($"has transactions that db2 never had ({written})");
        (await sibling.StatusAsync()).ShouldSatisfyAllConditions(s => s["Master_Port"].ShouldBe(old.HostPort.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)), s => s["Gtid_IO_Pos"].ShouldBe(written));
    }

    private static Task HasAllAsync(RealMySql replica, RealMySql primary) => Until.TrueAsync("it to have everything", async () => await replica.ScalarAsync("SELECT @@global.gtid_binlog_pos") == await primary.ScalarAsync("SELECT @@global.gtid_binlog_pos"));

    private static Task PromoteAsync(RealMySql replica) => replica.ExecuteAsync("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = OFF");

    private static IAttachment Attachment(TargetState other, TargetState selected) => MySqlKind.Instance.AttachmentOf(other, selected, TimeProvider.System).ShouldNotBeNull();

    private static async Task<TargetState> LookAsync(RealMySql server, string name)
    {
        var state = new TargetState(server.Target(name, MySqlScene.Promoting), MySqlKind.Instance, TimeProvider.System);
        (await state.AskAsync(new IPEndPoint(IPAddress.Loopback, server.Port), true, TimeSpan.FromSeconds(10), Cancel)).Health.ShouldBe(Health.Healthy);
        return state;
    }
}
