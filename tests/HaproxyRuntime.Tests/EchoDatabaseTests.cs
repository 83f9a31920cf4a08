namespace HaproxyRuntime.Tests;

/// <summary>The kit's database and client, without a proxy between them.</summary>
public sealed class EchoDatabaseTests
{
    private static readonly TimeSpan s_impatient = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task It_answers_each_line_and_remembers_it()
    {
        await using var database = new EchoDatabase("db1");
        using var client = new DbClient(database.Port);
        (await client.AskAsync("one")).ShouldBe(new DbAnswer("db1 one", null));
        (await client.AskAsync("two")).ShouldBe(new DbAnswer("db1 two", null));
        database.Requests.Select(request => request.Text).ShouldBe(["one", "two"]);
        (database.Connections, database.OpenConnections).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Refusing_it_keeps_its_sessions_and_takes_no_new_ones()
    {
        await using var database = new EchoDatabase("db1");
        using var client = new DbClient(database.Port);
        await client.AskAsync("one");
        await database.RefuseAsync();
        (await client.AskAsync("two")).Line.ShouldBe("db1 two");
        (await DbClient.AskOnceAsync(database.Port, "three")).Reason.ShouldBe(NoAnswer.Refused);
    }

    [Fact]
    public async Task Stopped_it_closes_its_sessions_and_started_again_it_has_the_same_port()
    {
        await using var database = new EchoDatabase("db1");
        using var client = new DbClient(database.Port);
        await client.AskAsync("one");
        await database.StopAsync();
        (await client.AskAsync("two")).Reason.ShouldBe(NoAnswer.Closed);
        (await DbClient.AskOnceAsync(database.Port, "three")).Reason.ShouldBe(NoAnswer.Refused);
        database.Start();
        (await DbClient.AskOnceAsync(database.Port, "four")).Line.ShouldBe("db1 four");
    }

    [Fact]
    public async Task Frozen_it_reads_and_does_not_answer_and_thawed_it_does()
    {
        await using var database = new EchoDatabase("db1");
        database.Freeze();
        using var patient = new DbClient(database.Port);
        var asked = patient.AskAsync("one");
        (await DbClient.AskOnceAsync(database.Port, "two", s_impatient)).Reason.ShouldBe(NoAnswer.TimedOut);
        database.Requests.Count.ShouldBe(2);
        database.Thaw();
        (await asked).Line.ShouldBe("db1 one");
    }

    [Fact]
    public async Task It_can_be_on_IPv6()
    {
        await using var database = new EchoDatabase("db1", ipv6: true);
        database.Address.ShouldBe($"::1:{database.Port}");
    }
}
