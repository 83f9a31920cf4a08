using DbSwitch.Model;

namespace DbSwitch.Tests.Model;

/// <summary>Text from outside reads as it is written.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData('\u0007')]
    [InlineData('\u001B')]
    [InlineData('\u0085')]
    [InlineData('\u200E')]
    [InlineData('\u200F')]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\u202A')]
    [InlineData('\u202B')]
    [InlineData('\u202C')]
    [InlineData('\u202D')]
    [InlineData('\u202E')]
    [InlineData('\u2066')]
    [InlineData('\u2067')]
    [InlineData('\u2068')]
    [InlineData('\u2069')]
    [InlineData('\uFEFF')]
    public void What_a_terminal_obeys_or_nobody_sees_is_hidden(char hidden)
    {
        PlainText.Is($"db1{hidden}db2").ShouldBeFalse();
        PlainText.Of($"db1{hidden}db2").ShouldBe("db1db2");
    }

    [Theory]
    [InlineData("")]
    [InlineData("db1 gets a new disk; Ann: café, 東京, שלום, 🙂")]
    public void Words_of_every_language_are_plain(string text)
    {
        PlainText.Is(text).ShouldBeTrue();
        PlainText.Of(text).ShouldBeSameAs(text);
    }
}
