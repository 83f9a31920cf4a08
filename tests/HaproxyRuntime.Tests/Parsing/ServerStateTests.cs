using System.Net;
using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Parsing;

public sealed class ServerStateTests
{
    private const string Header = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_time_since_last_change srv_port";

    [Fact]
    public void Columns_are_known_by_name_in_whatever_order_and_between_whatever_others() => ServersOf(
        "# srv_port added srv_name be_name srv_admin_state served srv_op_state srv_addr srv_id srv_time_since_last_change idle_sess",
        "5432 x a db 1 0 0 10.0.0.1 7 60 0").ShouldBe(
        [new ServerState("db", 7, "a", IPAddress.Parse("10.0.0.1"), 5432, ServerOperationalState.Stopped, ServerAdminState.ForcedMaintenance, TimeSpan.FromMinutes(1))]);

    [Fact]
    public void A_row_may_have_more_fields_than_the_header() => ServersOf(Header, "1 db 1 a - 2 0 0 5432 more").ShouldHaveSingleItem().Address.ShouldBeNull();

    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x01, true)]
    [InlineData(0x02, true)]
    [InlineData(0x04, false)]
    [InlineData(0x05, true)]
    [InlineData(0x08, false)]
    [InlineData(0x10, false)]
    [InlineData(0x20, true)]
    [InlineData(0x40, false)]
    [InlineData(0x44, false)]
    [InlineData(0x80, false)]
    public void Only_three_bits_are_maintenance(int state, bool inMaintenance) => ServersOf(Header, $"1 db 1 a ::1 2 {state} 0 5432").ShouldHaveSingleItem().InMaintenance.ShouldBe(inMaintenance);

    [Theory]
    [InlineData("-3", 0)]
    [InlineData("0", 0)]
    [InlineData("99", 99)]
    [InlineData("9223372036854775807", int.MaxValue)]
    public void A_clock_that_was_set_does_not_make_the_list_unreadable(string age, int seconds) => ServersOf(Header, $"1 db 1 a ::1 2 0 {age} 5432").ShouldHaveSingleItem().SinceLastChange.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("", "does not begin with its format number")]
    [InlineData("1", "does not begin with its format number")]
    [InlineData("2\n# be_id\n", "does not begin with its format number")]
    [InlineData("1\n", "the table has no header")]
    [InlineData("1\n\n", "the table has no header")]
    [InlineData("1\n# be_id be_name srv_id\n", "the table has no column srv_name")]
    [InlineData("1\n" + Header, "the table's last line has no end")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.1 2 0 0\n", "a line of the table has 8 fields where its header has 9")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.1 2 0 0 54", "the table's last line has no end")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.x 2 0 0 5432\n", "\"10.0.0.x\" is no address")]
    [InlineData("1\n" + Header + "\n1 db x a 10.0.0.1 2 0 0 5432\n", "\"x\" is no number")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.1 4 0 0 5432\n", "4 is no operational state")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.1 2 -1 0 5432\n", "\"-1\" is no number")]
    [InlineData("1\n" + Header + "\n1 db 1 a 10.0.0.1 2 0 long 5432\n", "\"long\" is no number")]
    [InlineData("1\n" + Header + "\n1 db 1  10.0.0.1 2 0 0 5432\n", "a server of show servers state has no name")]
    [InlineData("1\n" + Header + "\n1 db 99999999999 a 10.0.0.1 2 0 0 5432\n", "\"99999999999\" is no number")]
    public void What_is_no_list_of_servers_is_not_read_as_one(string answer, string problem) => Should.Throw<FormatException>(() => ServerState.ParseAll(answer)).Message.ShouldContain(problem);

    [Theory, EveryHaproxy]
    public void Cut_anywhere_but_at_the_end_of_a_line_it_is_no_list(string version)
    {
        var answer = Transcript.Answer(version, "show-servers-state");
        var header = answer.IndexOf('\n', 2) + 1;
        for (var length = 0; length < answer.Length; length++)
        {
            if (length >= header && answer[length - 1] == '\n')
            {
                ServerState.ParseAll(answer[..length]).Count.ShouldBe(answer[header..length].Count(c => c == '\n'));
            }
            else
            {
                Should.Throw<FormatException>(() => ServerState.ParseAll(answer[..length]));
            }
        }
    }

    private static IReadOnlyList<ServerState> ServersOf(string header, params string[] rows) => ServerState.ParseAll($"1\n{header}\n{string.Concat(rows.Select(row => row + "\n"))}");
}
