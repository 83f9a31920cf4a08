using HaproxyRuntime.Tests.Transcripts;

namespace HaproxyRuntime.Tests.Parsing;

public sealed class SessionStateTests
{
    private const string Own = "0x1: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 scf=[8,0h,fd=17] scb=[8,1h,fd=-1] exp= rc=0 c_exp=\n";

    [Theory]
    [InlineData("scb=[0,1h,fd=-1]", ServerSideState.None)]
    [InlineData("scb=[INI,1h]", ServerSideState.None)]
    [InlineData("scb=[1,1h]", ServerSideState.Connecting)]
    [InlineData("scb=[2,1h]", ServerSideState.Queued)]
    [InlineData("scb=[3,1h]", ServerSideState.TurnAround)]
    [InlineData("scb=[4,1h]", ServerSideState.Connecting)]
    [InlineData("scb=[5,1h]", ServerSideState.Connecting)]
    [InlineData("scb=[6,1h]", ServerSideState.Connecting)]
    [InlineData("scb=[7,1h]", ServerSideState.Connecting)]
    [InlineData("scb=[TAR,1h]", ServerSideState.TurnAround)]
    [InlineData("scb=[QUE,1h]", ServerSideState.Queued)]
    [InlineData("scb=CON,1h ", ServerSideState.Connecting)]
    [InlineData("scb=[8,1h]", ServerSideState.Established)]
    [InlineData("scb=EST,1h ", ServerSideState.Established)]
    [InlineData("s1=[8,1h]", ServerSideState.Established)]
    [InlineData("scb=[9,1h]", ServerSideState.Closed)]
    [InlineData("scb=[10,1h]", ServerSideState.Closed)]
    [InlineData("scb=[CLO,1h]", ServerSideState.Closed)]
    public void How_far_a_session_has_come(string side, ServerSideState expected)
    {
        var session = SessionState.ParseAll($"0x7f42b802a410: proto=tcpv4 src=127.0.0.1:33192 fe=db be=db_servers srv=a ts=00 scf=[8,0h,fd=18] {side} exp=1s rc=0 c_exp= run(nice=0)\n").ShouldHaveSingleItem();
        session.ShouldBe(new SessionState("0x7f42b802a410", "127.0.0.1:33192", "db", "db_servers", "a", expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n")]
    [InlineData("no sessions\n")]
    [InlineData("0x1\n")]
    [InlineData("0x1:\n")]
    [InlineData(": src=a fe=b be=c srv=d scb=[8,\n")]
    [InlineData("0xnonsense: src=a fe=b be=c srv=d scb=[8,\n")]
    [InlineData("0x1: fe=b be=c srv=d scb=[8,\n")]
    [InlineData("0x1: src=a be=c srv=d scb=[8,\n")]
    [InlineData("0x1: src=a fe=b srv=d scb=[8,\n")]
    [InlineData("0x1: src=a fe=b be=c scb=[8,\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d\n")]
    [InlineData("0x1: src=a fe=b be=c srv= scb=[8,\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=[\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=[8\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=[11,\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=[NEW,\n")]
    [InlineData("0x1: src=a fe=b be=c srv=d scb=[8,")]
    public void What_is_no_list_of_sessions_is_not_read_as_one(string answer)
    {
        Should.Throw<FormatException>(() => SessionState.ParseAll(answer));
        Should.Throw<FormatException>(() => SessionState.ParseAll(Own + answer + "x"));
    }

    [Fact]
    public void A_stream_that_HAProxy_opened_for_itself_has_no_client_and_no_server()
    {
        var session = SessionState.ParseAll("0x55d0: proto=? ts=00 epoch=0 age=1s calls=2 rate=0 cpu=0 lat=0 rq[f=0h] rp[f=0h] scf=[8,0h,fd=-1] scb=[8,1h,fd=-1] exp=\n").ShouldHaveSingleItem();
        (session.Id, session.Backend, session.Server).ShouldBe(("0x55d0", null, null));
    }

    [Theory]
    [InlineData("0x1: proto=? src=1.2.3.4:5 ts=00 scb=[8,1h]\n")]
    [InlineData("0x1: proto=? ts=00 srv=a scb=[8,1h]\n")]
    [InlineData("0x1: proto=tcpv4 ts=00 scb=[8,1h]\n")]
    public void A_line_that_has_lost_some_of_its_fields_is_not_taken_for_one(string answer) =>
        Should.Throw<FormatException>(() => SessionState.ParseAll(answer));

    [Fact]
    public void Empty_lines_around_sessions_do_not_matter() => SessionState.ParseAll("\n" + Own + "\r\n" + Own + "\n").Count.ShouldBe(2);

    [Theory, EveryHaproxy]
    public void Cut_anywhere_but_at_the_end_of_a_line_it_is_no_list(string version)
    {
        var answer = Transcript.Answer(version, "show-sess-established");
        for (var length = 0; length < answer.Length; length++)
        {
            if (length > 0 && answer[length - 1] == '\n')
            {
                SessionState.ParseAll(answer[..length]).ShouldNotBeEmpty();
            }
            else
            {
                Should.Throw<FormatException>(() => SessionState.ParseAll(answer[..length]));
            }
        }
    }

    [Theory]
    [InlineData("rq[f=848000h,i=0,an=00h,rx=29m56s,wx=,ax=] rp[f=80048000h,i=0,an=00h,rx=39m56s,wx=,ax=] scf=[8,0h,fd=11] scb=[8,1h,fd=12]", 1796, 2396)]
    [InlineData("rq[f=848000h,i=0,an=00h,ax=] rp[f=80048000h,i=0,an=00h,ax=] scf=[8,0h,fd=12,rex=30m,wex=] scb=[8,1h,fd=13,rex=2h40m,wex=]", 1800, 9600)]
    [InlineData("rq[f=848000h,i=0,an=00h,ax=] rp[f=80048000h,i=0,an=00h,ax=] scf=[8,0h,fd=16,rex=10s,wex=] scb=[8,1h,fd=-1,rex=,wex=]", 10, null)]
    [InlineData("rq[f=848000h,i=0,an=00h,ax=] rp[f=0h] scf=[8,0h,fd=16,rex=?,wex=5s] scb=[8,1h,fd=12,rex=0]", null, null)]
    public void How_long_each_side_may_go_on_to_be_silent(string sides, int? client, int? server)
    {
        var session = SessionState.ParseAll($"0x7f42: proto=tcpv4 src=127.0.0.1:33192 fe=db be=db_servers srv=a ts=00 epoch=0 age=3s calls=3 rate=0 cpu=0 lat=0 {sides} exp=1s rc=0 c_exp=\n").ShouldHaveSingleItem();
        ((int?)session.ClientTimeLeft?.TotalSeconds, (int?)session.ServerTimeLeft?.TotalSeconds).ShouldBe((client, server));
    }
}
