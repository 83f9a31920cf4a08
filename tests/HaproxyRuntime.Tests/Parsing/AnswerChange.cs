using FsCheck;
using FsCheck.Fluent;

namespace HaproxyRuntime.Tests.Parsing;

/// <summary>What may have happened to an answer on its way.</summary>
internal static class AnswerChange
{
    /// <summary>Cut something out, put something in, copy a part to elsewhere, cut the rest off.</summary>
    public static Gen<Func<string, string>> Any(string characters, string[] pieces) =>
        from kind in Gen.Choose(0, 4)
        from at in Gen.Choose(0, 3_000)
        from length in Gen.Choose(0, 40)
        from to in Gen.Choose(0, 3_000)
        from character in Gen.Elements(characters.ToCharArray())
        from piece in Gen.Elements(pieces)
        select new Func<string, string>(text =>
        {
            var start = at % (text.Length + 1);
            var end = Math.Min(start + length, text.Length);
            return kind switch
            {
                0 => text.Remove(start, end - start),
                1 => text.Insert(start, character.ToString()),
                2 => text.Insert(start, piece),
                3 => text.Insert(to % (text.Length + 1), text[start..end]),
                _ => text[..start],
            };
        });
}
