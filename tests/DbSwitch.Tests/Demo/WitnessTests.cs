using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Touring;

namespace DbSwitch.Tests.Demo;

/// <summary>What the tour makes of what the client printed.</summary>
public sealed class WitnessTests
{
    private static readonly Database Db1 = new("backend-db1", 8310);
    private static readonly Database Db2 = new("backend-db2", 8311);

    private readonly ClientJournal _client = new();

    [Fact]
    public async Task An_answer_counts_only_word_for_word()
    {
        Print("sending: hello 0", "backend-db1 at 8310: hello 0", "sending: hello 1", "backend-db1 at 8310: hello 0");

        (await AllAsync(1, Db1)).Count.ShouldBe(1);
        (await Should.ThrowAsync<TourException>(() => AllAsync(2, Db1))).Message.ShouldBe("expected \"backend-db1 at 8310: hello 1\"; received \"backend-db1 at 8310: hello 0\"");
    }

    [Fact]
    public async Task A_hello_is_unanswered_when_the_client_has_gone_on()
    {
        Print("sending: hello 0", "sending: hello 1", "sending: hello 2");

        (await new Witness(_client, TimeProvider.System).NoneAnsweredAsync(0, 2, TestContext.Current.CancellationToken)).Count.ShouldBe(2);
        (await Should.ThrowAsync<TourException>(() => AllAsync(1, Db1))).Received.ShouldBe("no answer to hello 0");
    }

    [Fact]
    public async Task After_the_first_answer_of_the_new_database_none_of_the_old_one_is_allowed()
    {
        Print("sending: hello 0", "backend-db1 at 8310: hello 0", "sending: hello 1", "backend-db2 at 8311: hello 1");
        (await FirstAsync(Db2)).Number.ShouldBe(1);

        Print("sending: hello 2", "backend-db1 at 8310: hello 2");
        (await Should.ThrowAsync<TourException>(() => FirstAsync(Db2))).Message.ShouldBe("expected no answer of another database after the first of backend-db2; received \"backend-db1 at 8310: hello 2\"");
    }

    private void Print(params string[] lines)
    {
        foreach (var line in lines)
        {
            _client.Take(line, 0);
        }
    }

    private Task<IReadOnlyList<Hello>> AllAsync(int count, Database by) => new Witness(_client, TimeProvider.System).AllAnsweredAsync(0, count, by, TestContext.Current.CancellationToken);

    private Task<Hello> FirstAsync(Database by) => new Witness(_client, TimeProvider.System).FirstAnswerAsync(0, by, TestContext.Current.CancellationToken);
}
