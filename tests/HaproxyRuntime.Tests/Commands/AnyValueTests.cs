using FsCheck;
using FsCheck.Fluent;

namespace HaproxyRuntime.Tests.Commands;

/// <summary>Whatever is given as a value: it is refused, or HAProxy's own way of reading a line gives exactly it, as one word. 20,000 cases.</summary>
public sealed class AnyValueTests
{
    private static Gen<string> Values => Gen.Frequency(
        (5, Gen.Elements(@"ab \\;\ '""<#@é".ToCharArray()).ArrayOf().Select(string.Concat)),
        (3, Gen.Choose(0, char.MaxValue).Select(c => (char)c).ArrayOf().Select(string.Concat)),
        (1, Gen.Elements(" ", ";", "\\", "\n", "\r", "\t", "\0", "<<").ArrayOf().Select(string.Concat)));

    [Fact]
    public void Refused_or_one_word() => Prop
        .ForAll(Arb.From(from key in Values from value in Values select (key, value)), pair => IsRefusedOrOneWord(pair.key, pair.value))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000).WithEndSize(30).WithQuietOnSuccess(true));

    private static bool IsRefusedOrOneWord(string key, string value)
    {
        string line;
        try
        {
            line = RuntimeCommand.SetMap("/m", key, value).Text;
        }
        catch (ArgumentException)
        {
            return key is "" || value is "" || $"{key}{value}".Any(char.IsControl) || key.Contains("<<", StringComparison.Ordinal) || value.Contains("<<", StringComparison.Ordinal) || key.StartsWith("#0x", StringComparison.Ordinal);
        }

        // As src/cli.c does it: a command ends at a bare ';', a word at a bare space, and a '\' makes the next character part of the word.
        var words = new List<string>();
        var word = "";
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case ';' or '\n' or '\r' or '\0' or '\t':
                    return false;
                case ' ':
                    words.Add(word);
                    word = "";
                    break;
                case '\\' when ++i == line.Length:
                    return false;
                default:
                    word += line[i];
                    break;
            }
        }

        words.Add(word);
        return words.SequenceEqual(["set", "map", "/m", key, value]);
    }
}
