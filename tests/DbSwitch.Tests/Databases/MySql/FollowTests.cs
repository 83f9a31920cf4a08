using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.MySql;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Somebody else promotes, and clients follow; and what decides itself who may write is left to it.</summary>
public sealed class FollowTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Clients_follow_when_both_say_so_and_not_before()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.Maria11, RealMySql.Settings with { Promote = Promotion.Follow });
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);

        // As a tool does it: first the old one, and then the new one, which is a replica until that is undone.
        await scene.Db1.ExecuteAsync("SET GLOBAL read_only = ON");
        await Until.TrueAsync("it to be said that nobody leads", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null, seconds: 20);
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
        await scene.Db2.ExecuteAsync("SET GLOBAL read_only = OFF");
        await scene.Db2.ExecuteAsync("STOP SLAVE; RESET SLAVE ALL");

        await Until.TrueAsync("clients to follow", () => scene.Manager.Orders.Snapshot.Selection!.Target == "db2", seconds: 20);
        await scene.Manager.SettledAsync("db2");
        await writers.MoreAsync(20);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    public async Task A_member_of_Group_Replication_is_recognised_and_not_promoted()
    {
        var port = FreePort.Take();
        await using var member = await RealMySql.StartAsync(
            InstalledMySql.MySql,
            "--plugin-load-add=group_replication.so",
            "--loose-group-replication-group-name=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
            $"--loose-group-replication-local-address=127.0.0.1:{port}",
            $"--loose-group-replication-group-seeds=127.0.0.1:{port}",
            "--loose-group-replication-start-on-boot=OFF");
        (await MySqlGuardTests.AskAsync(member, null, RealMySql.Settings with { Promote = Promotion.Follow })).Single(g => g.Name == "writable").Verdict.ShouldBe(GuardVerdict.Failed);
        await member.ExecuteAsync("SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION");

        (await MySqlGuardTests.AskAsync(member, null, RealMySql.Settings with { Promote = Promotion.Follow })).Select(g => (g.Name, g.Verdict)).ShouldBe([("reachable", GuardVerdict.Passed), ("cluster", GuardVerdict.Passed), ("writable", GuardVerdict.Passed)]);
        (await MySqlGuardTests.AskAsync(member, null, MySqlScene.Promoting)).Single(g => g.Name == "cluster").Words.ShouldBe("db2 is a Group Replication member, primary, ONLINE, 1 of 1 online, which decides itself who may write; \"promote: self\" would work against it");
    }

    [Fact]
    public async Task A_node_of_Galera_is_recognised_and_not_promoted()
    {
        var provider = Path.Combine(InstalledMySql.Folder(InstalledMySql.Maria11), "usr/lib/galera/libgalera_smm.so");
        await using var node = await RealMySql.StartAsync(
            InstalledMySql.Maria11,
            "--wsrep-on=ON",
            $"--wsrep-provider={provider}",
            "--wsrep-cluster-address=gcomm://",
            $"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{FreePort.Take()};ist.recv_addr=127.0.0.1:{FreePort.Take()}",
            "--wsrep-node-address=127.0.0.1",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2");

        (await MySqlGuardTests.AskAsync(node, null, RealMySql.Settings with { Promote = Promotion.Follow })).Select(g => (g.Name, g.Verdict)).ShouldBe([("reachable", GuardVerdict.Passed), ("cluster", GuardVerdict.Passed), ("writable", GuardVerdict.Passed)]);
        (await MySqlGuardTests.AskAsync(node, null, MySqlScene.Promoting)).Single(g => g.Name == "cluster").Words.ShouldBe("db2 is a Galera node, Synced, component Primary, wsrep_ready ON, which decides itself who may write; \"promote: self\" would work against it");
    }

    [Theory]
    [InlineData("a:1-5,b:1", "a:1-3:5", "a:4,b:1", 2)]
    [InlineData("a:1-5", "a:1-9", "", 0)]
    [InlineData("a:1-3:4-6:8,a:tag:1-2", "a:2-4", "a:1:5-6:8,a:tag:1-2", 6)]
    [InlineData("a:10-20", "a:1-12:15:18-30", "a:13-14:16-17", 4)]
    [InlineData("", "a:1", "", 0)]
    public void Sets_of_identifiers_are_subtracted(string one, string other, string left, long count)
    {
        var rest = GtidSet.Parse(one).Without(GtidSet.Parse(other));
        (rest.ToString(), rest.Count, rest.IsEmpty).ShouldBe((left, count, left.Length == 0));
    }

    [Theory]
    [InlineData("0-1-10,0-2-12", "0-1-10,0-2-9", "0-2-12")]
    [InlineData("0-77-5", "0-1-5", "0-77-5")]
    [InlineData("0-1-5,1-1-3", "0-1-7,1-1-3", "")]
    [InlineData("0-1-5", "", "0-1-5")]
    public void The_state_of_a_binary_log_is_compared_by_who_has_written_not_by_number_alone(string one, string other, string above) =>
        MariaGtids.Parse(one).Above(MariaGtids.Parse(other)).ToString().ShouldBe(above);
}
