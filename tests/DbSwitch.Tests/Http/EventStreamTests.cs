using System.Text;
using DbSwitch.App.Client;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.Tests.Http;

/// <summary>The client's reader of server-sent events (HTML Living Standard, 9.2.6), fed with bytes.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task An_event_has_its_kind_its_id_and_its_data() =>
        (await ReadAsync("event: switch\nid: 7\ndata: {\"a\": 1}\n\n")).ShouldBe([new ManagerEvent("switch", "7", "{\"a\": 1}")]);

    [Fact]
    public async Task Several_lines_of_data_are_one_text_of_several_lines() =>
        (await ReadAsync("event: log\ndata: {\ndata:   \"a\": 1\ndata:\ndata: }\n\n")).ShouldBe([new ManagerEvent("log", null, "{\n  \"a\": 1\n\n}")]);

    [Fact]
    public async Task The_blank_behind_the_colon_may_be_left_out_and_only_one_is_no_part_of_the_value() =>
        (await ReadAsync("event:log\nid:8\ndata:one\ndata:  two\n\n")).ShouldBe([new ManagerEvent("log", "8", "one\n two")]);

    [Fact]
    public async Task Nothing_of_an_event_is_left_for_the_next_one() =>
        (await ReadAsync("event: log\nid: 9\ndata: one\n\ndata: two\n\n")).ShouldBe([new ManagerEvent("log", "9", "one"), new ManagerEvent("message", null, "two")]);

    [Fact]
    public async Task Comments_and_fields_that_mean_nothing_here_are_passed_over() =>
        (await ReadAsync(": still here\nretry: 1000\nnonsense\ndata: one\n\n")).ShouldBe([new ManagerEvent("message", null, "one")]);

    [Theory]
    [InlineData("event: log\nid: 9\n\n")]
    [InlineData("event: log\ndata\n\n")]
    [InlineData("event: log\ndata: cut short\n")]
    public async Task Without_data_or_without_its_end_there_is_no_event(string bytes) => (await ReadAsync(bytes)).ShouldBeEmpty();

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Any_end_of_a_line_will_do(string end) => (await ReadAsync($"event: log{end}data: one{end}data: two{end}{end}")).ShouldBe([new ManagerEvent("log", null, "one\ntwo")]);

    [Fact]
    public async Task A_connection_that_breaks_is_told_in_words()
    {
        await using var broken = new BrokenStream();
        var refused = await Should.ThrowAsync<CommandException>(async () => await ReadAsync(broken));
        (refused.ExitCode, refused.Message).ShouldBe((ExitCode.Unreachable, "The manager has gone."));
    }

    private static Task<List<ManagerEvent>> ReadAsync(string bytes) => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(bytes)));

    private static async Task<List<ManagerEvent>> ReadAsync(Stream body)
    {
        using var events = new EventStream(new HttpResponseMessage(), body);
        var all = new List<ManagerEvent>();
        await foreach (var one in events.ReadAsync(TestContext.Current.CancellationToken))
        {
            all.Add(one);
        }

        return all;
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");
    }
}
