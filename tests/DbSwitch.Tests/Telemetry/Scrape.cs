using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Telemetry;

/// <summary>One answer of <c>/metrics</c>, taken apart.</summary>
internal sealed partial class Scrape(string text)
{
    private readonly Dictionary<string, double> _series = text.Split('\n').Where(l => l.Length > 0 && l[0] != '#')
        .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    public string Text => text;

    /// <summary>Name and type, as the TYPE lines have them.</summary>
    public IReadOnlyDictionary<string, string> Types { get; } = TypeLine().Matches(text).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

    /// <summary>By name with its labels, as written; null where there is no such series.</summary>
    public double? this[string series] => _series.TryGetValue(series, out var value) ? value : null;

    /// <summary>The labels of a metric, but for a histogram's <c>le</c>.</summary>
    public IReadOnlyList<string> LabelsOf(string name) =>
        [.. _series.Keys.Where(s => Base(s[..(s + "{").IndexOf('{', StringComparison.Ordinal)]) == name).SelectMany(s => Label().Matches(s).Select(m => m.Groups[1].Value)).Where(l => l != "le").Distinct()];

    public static async Task<Scrape> OfAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        return new Scrape(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Asks until a series has this value.</summary>
    public static async Task<Scrape> WhenAsync(ManagerProcess manager, string series, double? value)
    {
        using var client = manager.OverSocket();
        Scrape? last = null;
        try
        {
            await Until.TrueAsync($"{series} {value}", async () => (last = await OfAsync(client))[series] == value);
            return last!;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The answer: {last?.Text}");
        }
    }

    private string Base(string name) => Types.GetValueOrDefault(Suffix().Replace(name, "")) == "histogram" ? Suffix().Replace(name, "") : name;

    [GeneratedRegex("^# TYPE (\\S+) (\\S+)$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
