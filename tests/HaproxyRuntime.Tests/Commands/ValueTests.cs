namespace HaproxyRuntime.Tests.Commands;

/// <summary>What a command's values may hold.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("two words", @"two\ words")]
    [InlineData("a;show info", @"a\;show\ info")]
    [InlineData(@"C:\x", @"C:\\x")]
    [InlineData(@"\", @"\\")]
    [InlineData("é€😀", "é€😀")]
    [InlineData("\"quoted\" 'x' #y", "\"quoted\"\\ 'x'\\ #y")]
    public void A_value_is_one_word(string value, string word)
    {
        RuntimeCommand.AddMap("/m", "k", value).Text.ShouldBe("add map /m k " + word);
        RuntimeCommand.SetMap("/m", value, "v").Text.ShouldBe($"set map /m {word} v");
        RuntimeCommand.AddAcl(value, "k").Text.ShouldBe($"add acl {word} k");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\tb")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    [InlineData("<<")]
    [InlineData("a << b")]
    public void What_no_line_can_carry_is_refused(string value)
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddMap("/m", "k", value));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetMap("/m", value, "v"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.DeleteMap(value, "v"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.ClearTable("t", value));
    }

    [Fact]
    public void What_HAProxy_reads_as_something_else_is_refused()
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetMap("/m", "#0x1234", "v"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddMap("@1", "k", "v"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddMap("/m", "k", new string('x', RuntimeCommand.LongestValue + 1)));
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddMap("/m", new string(';', RuntimeCommand.LongestValue), new string(' ', RuntimeCommand.LongestValue)));
    }

    [Fact]
    public void Numbers_are_checked()
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerWeight("b", "s", 257));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetRelativeWeight("b", "s", -1));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetFrontendMaxconn("f", -1));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerCheckPort("b", "s", 0));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetCliTimeout(TimeSpan.FromMilliseconds(10)));
        Should.Throw<ArgumentException>(() => RuntimeCommand.WaitUntilRemovable("b", "s", TimeSpan.Zero));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerHost("b", "s", "a b"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.SetServerHealth("b", "s", (ServerHealthRequest)9));
        Should.Throw<ArgumentException>(() => RuntimeCommand.AddBackend("b", "d", (BackendMode)9));
    }
}
