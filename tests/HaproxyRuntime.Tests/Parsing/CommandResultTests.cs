namespace HaproxyRuntime.Tests.Parsing;

/// <summary>The sentences of versions that are not here to be asked, and of those that say more than one.</summary>
public sealed class CommandResultTests
{
    [Theory]
    [InlineData("", CommandOutcome.Done, true)]
    [InlineData("\n", CommandOutcome.Done, true)]
    [InlineData("New server registered.", CommandOutcome.Registered, true)]
    [InlineData("Ignoring cookie as HTTP mode is disabled.\nNew server registered.\n", CommandOutcome.Registered, true)]
    [InlineData("[6]: New server registered.\n", CommandOutcome.Registered, true)]
    [InlineData("Server deleted.", CommandOutcome.Deleted, true)]
    [InlineData("Only servers added at runtime via <add server> CLI cmd can be deleted.\n", CommandOutcome.PinnedByConfiguration, false)]
    [InlineData("This command is restricted to experimental mode only.\n", CommandOutcome.ExperimentalOnly, false)]
    [InlineData("Proxy is disabled.\n", CommandOutcome.ProxyIsDisabled, false)]
    [InlineData("no need to change the addr, port changed from '1' to '2' by 'stats socket command'\n", CommandOutcome.AddressChanged, true)]
    [InlineData("IP changed from '1.1.1.1' to '2.2.2.2', no need to change the port by 'stats socket command'\n", CommandOutcome.AddressChanged, true)]
    [InlineData("no need to change the addr, no need to change the port by 'stats socket command'\n", CommandOutcome.NothingChanged, true)]
    [InlineData("nothing changed\n", CommandOutcome.NothingChanged, true)]
    [InlineData("Update for the current server address family is only supported through configuration file.\n", CommandOutcome.Refused, false)]
    [InlineData("Too many arguments. Commands must have at most 64 arguments.\n", CommandOutcome.Refused, false)]
    [InlineData("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n", CommandOutcome.Refused, false)]
    [InlineData("unknown keyword 'bogus'.\n", CommandOutcome.Refused, false)]
    [InlineData(" Dynamic servers cannot be used with log backends.\n", CommandOutcome.Refused, false)]
    public void Every_sentence_has_its_meaning(string answer, CommandOutcome outcome, bool succeeded)
    {
        var result = CommandResult.Parse(answer);
        (result.Outcome, result.Succeeded, result.Answer).ShouldBe((outcome, succeeded, answer.Trim()));
    }

    [Fact]
    public void Of_an_answer_that_lists_all_commands_the_first_line_is_enough() =>
        CommandResult.Parse("Unknown command. Please enter one of the following commands only:\n  add server <bk>/<srv> : create a new server\n  help\n").Answer
            .ShouldBe("Unknown command. Please enter one of the following commands only:");

    [Theory]
    [InlineData("x")]
    [InlineData("Done.")]
    [InlineData("New server")]
    [InlineData("1\n# be_id be_name\n")]
    public void What_HAProxy_never_says_has_none(string answer) => Should.Throw<FormatException>(() => CommandResult.Parse(answer));
}
