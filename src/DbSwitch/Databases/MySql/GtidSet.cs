using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>A set of MySQL's global transaction identifiers, as in <c>3e11fa47-…:1-5:9,…</c>. Pure.</summary>
internal sealed class GtidSet
{
    // By source, and tag where there is one: intervals in order that do not touch.
    private readonly Dictionary<string, List<(long First, long Last)>> _intervals = new(StringComparer.OrdinalIgnoreCase);

    private GtidSet()
    {
    }

    public bool IsEmpty => _intervals.Count == 0;

    /// <summary>How many transactions.</summary>
    public long Count => _intervals.Values.Sum(l => l.Sum(i => i.Last - i.First + 1));

    /// <summary>The servers that have written them.</summary>
    public IEnumerable<string> Sources => _intervals.Keys.Select(k => k.Split(':')[0]).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>What can't be understood is left out.</summary>
    public static GtidSet Parse(string text)
    {
        var set = new GtidSet();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (words, source) = (part.Split(':'), "");
            foreach (var word in words)
            {
                // Intervals begin with a digit; a tag, which goes on until the next one, does not. A source is the first word.
                if (source.Length == 0)
                {
                    source = word.Trim().ToLowerInvariant();
                }
                else if (!char.IsAsciiDigit(word[0]))
                {
                    source = $"{source.Split(':')[0]}:{word.ToLowerInvariant()}";
                }
                else if (Interval(word) is { } interval)
                {
                    set.Of(source).Add(interval);
                }
            }
        }

        foreach (var (source, intervals) in set._intervals.ToList())
        {
            set._intervals[source] = Merged(intervals);
        }

        return set;
    }

    /// <summary>What is in this one and not in the other.</summary>
    public GtidSet Without(GtidSet other)
    {
        var left = new GtidSet();
        foreach (var (source, intervals) in _intervals)
        {
            var rest = other._intervals.GetValueOrDefault(source)?.Aggregate(intervals, Cut) ?? intervals;
            if (rest.Count > 0)
            {
                left._intervals[source] = [.. rest];
            }
        }

        return left;
    }

    /// <summary>Without those that one server has written.</summary>
    public GtidSet WithoutThoseOf(string server)
    {
        var left = new GtidSet();
        foreach (var (source, intervals) in _intervals.Where(i => !string.Equals(i.Key.Split(':')[0], server, StringComparison.OrdinalIgnoreCase)))
        {
            left._intervals[source] = [.. intervals];
        }

        return left;
    }

    public override string ToString() => string.Join(",", _intervals.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i =>
        $"{i.Key}:{string.Join(':', i.Value.Select(v => v.First == v.Last ? v.First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{v.First}-{v.Last}")))}"));

    private static (long First, long Last)? Interval(string word)
    {
        var ends = word.Trim().Split('-');
        return long.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) && long.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last ? (first, last) : null;
    }

    private static List<(long First, long Last)> Merged(List<(long First, long Last)> intervals)
    {
        var merged = new List<(long First, long Last)>();
        foreach (var interval in intervals.Order())
        {
            if (merged.Count > 0 && interval.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, interval.Last));
            }
            else
            {
                merged.Add(interval);
            }
        }

        return merged;
    }

    private static List<(long First, long Last)> Cut(List<(long First, long Last)> intervals, (long First, long Last) hole) =>
    [
        .. intervals.SelectMany(i => hole.Last < i.First || hole.First > i.Last
            ? [i]
            : ((long First, long Last)[])[(i.First, hole.First - 1), (hole.Last + 1, i.Last)]).Where(i => i.First <= i.Last),
    ];

    private List<(long First, long Last)> Of(string source) => _intervals.TryGetValue(source, out var there) ? there : _intervals[source] = [];
}
