using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using FsCheck;
using FsCheck.Fluent;

namespace DbSwitch.Tests.Configuration;

/// <summary>Whatever a file holds: an answer, never an exception, and one that a person can read.</summary>
public sealed class AnyContentTests
{
    private const string Interesting = ":,-[]{}&*!|>'\"%@`#?~ \t\n\r\0$/.\\09ax_é\u2028\uFEFF\U0001F600";

    private static readonly string[] Pieces =
    [
        "db1", "orders", "address: ", "- ", "  ", "\n", ": ", "{ ", " }", "[", "]", "${HOME}", "$${", "&a ", "*a", "!!str ", "---\n", "...\n", "? ", "| \n", "<<: *a\n",
        "5s", "0x10", "none", "'", "\"", "0.0.0.0:1", "[::]:1", "a/b", "_file: x", "#", "%YAML 1.2\n", "!![", "\r", "\\", "\"\\x", "null", "initial: ", "targets:\n",
    ];

    [Fact]
    public void Random_bytes() => Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(), 10_000);

    [Fact]
    public void Random_pieces_of_YAML() => Check(Gen.Elements(Pieces).ArrayOf().Select(string.Concat).Select(Bytes), 10_000);

    [Fact]
    public void A_valid_file_with_some_random_changes() => Check(
        from count in Gen.Choose(1, 4)
        from changes in Change().ListOf(count)
        select Bytes(changes.Aggregate(Sample.Valid, (text, change) => change(text))),
        10_000);

    /// <summary>Cut something out, put something in, copy a part to elsewhere.</summary>
    private static Gen<Func<string, string>> Change() =>
        from kind in Gen.Choose(0, 3)
        from at in Gen.Choose(0, 10_000)
        from length in Gen.Choose(0, 40)
        from to in Gen.Choose(0, 10_000)
        from character in Gen.Elements(Interesting.ToCharArray())
        from piece in Gen.Elements(Pieces)
        select new Func<string, string>(text =>
        {
            var start = at % (text.Length + 1);
            var end = Math.Min(start + length, text.Length);
            return kind switch
            {
                0 => text.Remove(start, end - start),
                1 => text.Insert(start, character.ToString()),
                2 => text.Insert(start, piece),
                _ => text.Insert(to % (text.Length + 1), text[start..end]),
            };
        });

    private static void Check(Gen<byte[]> contents, int cases) => Prop
        .ForAll(Arb.From(contents), content => HasAnAnswer(content))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithEndSize(200).WithQuietOnSuccess(true));

    private static bool HasAnAnswer(byte[] content)
    {
        var result = ConfigurationFile.Read(content, "dbswitch.yaml", name => name == "HOME" ? "/home/x" : null, DatabaseKinds.Known.Binders);
        var lines = content.Count(b => b is (byte)'\n' or (byte)'\r') + 1;

        result.IsValid.ShouldBe(result.Problems.Count == 0);
        foreach (var problem in result.Problems)
        {
            problem.Line.ShouldBeInRange(0, lines);
            (problem.Column > 0).ShouldBe(problem.Line > 0);
            problem.ToString().ShouldNotContain(char.IsControl);
        }

        return true;
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}

file static class Expectations
{
    public static void ShouldNotContain(this string text, Func<char, bool> isUnwanted) => text.Any(isUnwanted).ShouldBeFalse(text);
}
