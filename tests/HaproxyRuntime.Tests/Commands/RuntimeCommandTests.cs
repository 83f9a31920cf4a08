using System.Net;

namespace HaproxyRuntime.Tests.Commands;

public sealed class RuntimeCommandTests
{
    [Theory]
    [InlineData("127.0.0.1:5432", "add server b/s 127.0.0.1:5432", "set server b/s addr 127.0.0.1 port 5432")]
    [InlineData("[::1]:5432", "add server b/s ipv6@[::1]:5432", "set server b/s addr ::1 port 5432")]
    [InlineData("[::ffff:10.0.0.1]:1", "add server b/s ipv6@[::ffff:10.0.0.1]:1", "set server b/s addr ::ffff:10.0.0.1 port 1")]
    public void An_address_is_written_as_HAProxy_reads_it(string address, string add, string set)
    {
        RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse(address)).Text.ShouldBe(add);
        RuntimeCommand.SetServerAddress("b", "s", IPEndPoint.Parse(address)).Text.ShouldBe(set);
    }

    [Theory]
    [InlineData("127.0.0.1:0", "A server needs a port between 1 and 65535.")]
    [InlineData("[fe80::1%2]:5432", "HAProxy can't reach an address with a zone (fe80::1%2).")]
    public void An_address_that_can_never_work_is_refused(string address, string reason)
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse(address))).Message.ShouldStartWith(reason);
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerAddress("b", "s", IPEndPoint.Parse(address))).Message.ShouldStartWith(reason);
    }

    [Theory]
    [InlineData(ServerStateRequest.Ready, "set server b/s state ready")]
    [InlineData(ServerStateRequest.Drain, "set server b/s state drain")]
    [InlineData(ServerStateRequest.Maintenance, "set server b/s state maint")]
    public void A_state_is_written_as_HAProxy_reads_it(ServerStateRequest state, string line) => RuntimeCommand.SetServerState("b", "s", state).Text.ShouldBe(line);

    [Fact]
    public void A_state_that_does_not_exist_is_refused() => Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerState("b", "s", (ServerStateRequest)7));

    [Theory]
    [InlineData("0x5638e42858d0", true)]
    [InlineData("0xABCDEF0123456789", true)]
    [InlineData("0x", false)]
    [InlineData("5638e42858d0", false)]
    [InlineData("0x1 ", false)]
    [InlineData("0x1;del server b/s", false)]
    [InlineData("0x1\n", false)]
    [InlineData("0xABCDEF01234567890", false)]
    [InlineData("all", false)]
    public void Only_the_id_of_a_session_can_be_cut(string id, bool allowed)
    {
        if (allowed)
        {
            RuntimeCommand.ShutdownSession(id).Text.ShouldBe("shutdown session " + id);
        }
        else
        {
            Should.Throw<ArgumentException>(() => RuntimeCommand.ShutdownSession(id));
        }
    }

    [Fact]
    public void A_command_says_whether_it_changes_anything()
    {
        RuntimeCommand.ShowInfo.ChangesState.ShouldBeFalse();
        RuntimeCommand.ShowServersState("b").ChangesState.ShouldBeFalse();
        RuntimeCommand.DeleteServer("b", "s").ChangesState.ShouldBeTrue();
        RuntimeCommand.Raw("show stat").ChangesState.ShouldBeFalse();
        RuntimeCommand.Raw("help").ChangesState.ShouldBeFalse();
        RuntimeCommand.Raw("get weight b/s").ChangesState.ShouldBeFalse();
        RuntimeCommand.Raw("clear counters").ChangesState.ShouldBeTrue();
        RuntimeCommand.Raw("shower").ChangesState.ShouldBeTrue();
        RuntimeCommand.Raw("anything else").ChangesState.ShouldBeTrue();
    }

    [Fact]
    public void Two_commands_of_the_same_words_are_equal() =>
        RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("[::1]:1")).ShouldBe(RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("[::1]:1")));
}
