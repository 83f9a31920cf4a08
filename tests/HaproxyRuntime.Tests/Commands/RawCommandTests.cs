using FsCheck;
using FsCheck.Fluent;

namespace HaproxyRuntime.Tests.Commands;

/// <summary>What a person typed: one command on one line, or it is refused before a byte is sent.</summary>
public sealed class RawCommandTests
{
    [Theory]
    [InlineData("show info", "show info")]
    [InlineData("  show info\r\n", "show info")]
    [InlineData(@"set server b/s agent-send a\;b", @"set server b/s agent-send a\;b")]
    [InlineData(@"set map m a\ b\\", @"set map m a\ b\\")]
    [InlineData(@"\;", @"\;")]
    [InlineData("show version é", "show version é")]
    public void One_command_is_taken_as_it_is(string typed, string line) => RuntimeCommand.Raw(typed).Text.ShouldBe(line);

    [Theory]
    [InlineData("", "The command is empty.")]
    [InlineData(" \n ", "The command is empty.")]
    [InlineData("show info;show stat", "The command holds a bare \";\"")]
    [InlineData(@"show info\\;show stat", "The command holds a bare \";\"")]
    [InlineData("show info ;", "The command holds a bare \";\"")]
    [InlineData("show info\nshow stat", "The command holds a control character")]
    [InlineData("show info\rshow stat", "The command holds a control character")]
    [InlineData("show info\0show stat", "The command holds a control character")]
    [InlineData("show\tinfo", "The command holds a control character")]
    [InlineData("show info \u0085 x", "The command holds a control character")]
    [InlineData("set ssl cert x <<", "The command announces a payload")]
    [InlineData("set ssl cert x <<END", "The command announces a payload")]
    [InlineData(@"show info \", @"The command ends in a bare ""\""")]
    [InlineData(@"show info \\\", @"The command ends in a bare ""\""")]
    [InlineData("show info \\ ", @"The command ends in a bare ""\""")]
    [InlineData("prompt", "The command is about the connection itself")]
    [InlineData("prompt n", "The command is about the connection itself")]
    [InlineData("quit", "The command is about the connection itself")]
    [InlineData(@"\qu\it", "The command is about the connection itself")]
    public void Anything_else_is_refused(string typed, string reason) => Should.Throw<ArgumentException>(() => RuntimeCommand.Raw(typed)).Message.ShouldStartWith(reason);

    [Fact]
    public void It_may_have_64_words_and_not_65()
    {
        RuntimeCommand.Raw(Words(64)).Text.ShouldBe(Words(64));
        RuntimeCommand.Raw(Words(64) + @"\ 65").Text.ShouldEndWith(@"64\ 65");
        RuntimeCommand.Raw("a" + new string(' ', 100) + "b").Text.Length.ShouldBe(102);
        Should.Throw<ArgumentException>(() => RuntimeCommand.Raw(Words(65))).Message.ShouldStartWith("The command has 65 words; HAProxy reads only 64");
        static string Words(int count) => string.Join(' ', Enumerable.Range(1, count));
    }

    [Fact]
    public void It_may_have_16000_bytes_and_not_one_more()
    {
        RuntimeCommand.Raw(new string('a', RuntimeCommand.LongestLine)).Text.Length.ShouldBe(16_000);
        Should.Throw<ArgumentException>(() => RuntimeCommand.Raw(new string('a', RuntimeCommand.LongestLine + 1)));
        Should.Throw<ArgumentException>(() => RuntimeCommand.Raw(new string('é', (RuntimeCommand.LongestLine / 2) + 1)));
    }

    [Fact]
    public void Whatever_is_typed_is_refused_or_is_one_line_of_one_command() => Prop
        .ForAll(Arb.From(Gen.Elements("show info ;\\\n\r\t\0<é\u0085\u2028".ToCharArray()).ArrayOf().Select(string.Concat)), IsRefusedOrOneLine)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(10_000).WithEndSize(40).WithQuietOnSuccess(true));

    private static bool IsRefusedOrOneLine(string typed)
    {
        try
        {
            var line = RuntimeCommand.Raw(typed).Text;
            var unescaped = line.Replace(@"\\", "", StringComparison.Ordinal).Replace(@"\;", "", StringComparison.Ordinal);
            return line == typed.Trim() && line.Length > 0 && !line.Any(char.IsControl) && !unescaped.Contains(';') && !unescaped.EndsWith('\\') && !line.Contains("<<", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
