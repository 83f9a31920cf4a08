using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Values;

/// <summary>"Did you mean": the known word that is a typing mistake or two away.</summary>
public static class Suggestion
{
    /// <summary>Enough to find a typing mistake in, and a bound on the work that a huge file can cause.</summary>
    private const int MostCandidates = 1000;

    /// <summary><c>; did you mean "address"?</c>, or nothing when no word is close.</summary>
    public static string For(string word, IEnumerable<string> known)
    {
        // One slip in a short word, two in a longer one: with more, the suggestions become guesses ("b" for "a").
        var most = word.Length switch { <= 2 => 0, <= 4 => 1, _ => 2 };
        var closest = known.Take(MostCandidates)
            .Select(candidate => (candidate, distance: Distance(word, candidate, most)))
            .Where(c => c.distance <= most)
            .OrderBy(c => c.distance)
            .Select(c => c.candidate)
            .FirstOrDefault();
        return closest is null ? "" : $"; did you mean {Shown.Quote(closest)}?";
    }

    /// <summary>The same at the end of a sentence.</summary>
    public static string AtEnd(string word, IEnumerable<string> known) => For(word, known).TrimEnd('?') + ".";

    /// <summary>
    /// Letters to insert, delete, replace, or swap with their neighbour (Damerau-Levenshtein, optimal string alignment), ignoring case.
    /// Words whose lengths alone are too far apart aren't compared.
    /// </summary>
    internal static int Distance(string a, string b, int most)
    {
        if (Math.Abs(a.Length - b.Length) > most)
        {
            return most + 1;
        }

        a = a.ToLowerInvariant();
        b = b.ToLowerInvariant();
        var twoAbove = new int[b.Length + 1];
        var above = Enumerable.Range(0, b.Length + 1).ToArray();
        var row = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
                }
            }

            (twoAbove, above, row) = (above, row, twoAbove);
        }

        return above[b.Length];
    }
}
