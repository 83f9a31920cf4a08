using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// A list of MariaDB's global transaction identifiers (domain-server-number), as in <c>gtid_binlog_state</c>: the last one that each server has written in each domain. Pure.
/// Positions alone (<c>gtid_binlog_pos</c>) can be equal where data differ: the number goes on whoever writes.
/// </summary>
internal sealed class MariaGtids
{
    private readonly Dictionary<(long Domain, long Server), long> _last = [];

    private MariaGtids()
    {
    }

    public bool IsEmpty => _last.Count == 0;

    /// <summary>How many transactions, where nothing else has written in between: for people.</summary>
    public long Count { get; private init; }

    /// <summary>What can't be understood is left out.</summary>
    public static MariaGtids Parse(string text)
    {
        var gtids = new MariaGtids();
        foreach (var word in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (word.Split('-') is [var domain, var server, var number] && Read(domain) is { } d && Read(server) is { } s && Read(number) is { } n)
            {
                gtids._last[(d, s)] = Math.Max(n, gtids._last.GetValueOrDefault((d, s)));
            }
        }

        return gtids;
    }

    /// <summary>What is here and not in the other's state.</summary>
    public MariaGtids Above(MariaGtids other)
    {
        var above = _last.Where(l => l.Value > other._last.GetValueOrDefault(l.Key)).ToList();
        var gtids = new MariaGtids { Count = above.GroupBy(l => l.Key.Domain).Sum(g => g.Max(l => l.Value) - other._last.Where(o => o.Key.Domain == g.Key).Select(o => o.Value).DefaultIfEmpty(0).Max() is var ahead and > 0 ? ahead : g.Count()) };
        foreach (var (key, number) in above)
        {
            gtids._last[key] = number;
        }

        return gtids;
    }

    /// <summary>Without those that one server has written.</summary>
    public MariaGtids WithoutThoseOf(long server)
    {
        var gtids = new MariaGtids();
        foreach (var (key, number) in _last.Where(l => l.Key.Server != server))
        {
            gtids._last[key] = number;
        }

        return gtids;
    }

    /// <summary>Those that one server has written.</summary>
    public MariaGtids ThoseOf(long server)
    {
        var gtids = new MariaGtids();
        foreach (var (key, number) in _last.Where(l => l.Key.Server == server))
        {
            gtids._last[key] = number;
        }

        return gtids;
    }

    /// <summary>Whether both have heard of one transaction's writer at all.</summary>
    public bool Meets(MariaGtids other) => _last.Keys.Any(other._last.ContainsKey);

    public override string ToString() => string.Join(",", _last.OrderBy(l => l.Key).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key.Domain}-{l.Key.Server}-{l.Value}")));

    private static long? Read(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
