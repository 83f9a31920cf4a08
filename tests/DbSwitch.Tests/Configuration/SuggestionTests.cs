using DbSwitch.Configuration.Values;

namespace DbSwitch.Tests.Configuration;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("addres", "address", 1)]
    [InlineData("adress", "address", 1)]
    [InlineData("hodl", "hold", 1)]
    [InlineData("HOLD", "hold", 0)]
    [InlineData("targest", "targets", 1)]
    [InlineData("backends", "bakcend", 2)]
    [InlineData("abcdef", "fedcba", 3)]
    [InlineData("x", "xxxx", 3)]
    [InlineData("", "", 0)]
    public void Distance_counts_slips_of_the_finger(string a, string b, int atLeast)
    {
        // Words further apart than the limit only count as "more than the limit".
        Math.Min(Suggestion.Distance(a, b, 2), 3).ShouldBe(atLeast);
        Math.Min(Suggestion.Distance(b, a, 2), 3).ShouldBe(atLeast);
    }

    [Fact]
    public void The_closest_word_is_suggested() => Suggestion.For("target", ["initial", "targets", "tarrgets"]).ShouldBe("; did you mean \"targets\"?");

    [Theory]
    [InlineData("b")]
    [InlineData("zz")]
    [InlineData("port")]
    public void A_word_that_is_only_as_short_is_not(string word) => Suggestion.For(word, ["a", "zy", "http"]).ShouldBe("");
}
