using System.Globalization;

namespace HaproxyRuntime;

/// <summary>One HAProxy process, as <c>show info</c> describes it (management guide section 9.3).</summary>
/// <param name="Version">Its version, as it prints it: <c>2.6.12-1+deb12u4</c>.</param>
/// <param name="Pid">Its process id, in its own namespace: in a container often 1 or 8, so not enough to tell two processes apart.</param>
/// <param name="StartTime">When it started, in seconds since 1970; 0 where this version does not tell (before 2.5).</param>
/// <param name="Uptime">How long it has run, in whole seconds.</param>
/// <param name="Stopping">Whether it is an old worker that only finishes its sessions.</param>
/// <param name="MaximumConnections">Its <c>maxconn</c>.</param>
/// <param name="CurrentConnections">Connections of all frontends.</param>
public sealed record ProcessInfo(string Version, int Pid, long StartTime, TimeSpan Uptime, bool Stopping, int MaximumConnections, int CurrentConnections)
{
    /// <summary>
    /// What still keeps the process alive: its connections, those to the Runtime API included, and while it is not stopping its listeners. A stopping process ends
    /// when this is 0 (<c>Jobs</c> less <c>Unstoppable Jobs</c>; run_poll_loop in src/haproxy.c). Null where this version does not tell.
    /// </summary>
    public int? Jobs { get; init; }

    /// <summary>Reads <c>show info</c>'s answer: lines <c>Name: value</c>, known by name, never by place.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static ProcessInfo Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in answer.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                values.TryAdd(line[..colon], line[(colon + 1)..].Trim());
            }
        }

        return new ProcessInfo(
            values.TryGetValue("Version", out var version) && version.Length > 0 ? version : throw new FormatException("show info has no Version"),
            (int)Number(values, "Pid", int.MaxValue),
            values.ContainsKey("Start_time_sec") ? Number(values, "Start_time_sec", uint.MaxValue) : 0,
            TimeSpan.FromSeconds(Number(values, "Uptime_sec", int.MaxValue)),
            values.TryGetValue("Stopping", out var stopping) && stopping != "0",
            (int)Number(values, "Maxconn", int.MaxValue),
            (int)Number(values, "CurrConns", int.MaxValue))
        {
            Jobs = values.ContainsKey("Jobs") && values.ContainsKey("Unstoppable Jobs") ? (int)(Number(values, "Jobs", int.MaxValue) - Number(values, "Unstoppable Jobs", int.MaxValue)) : null,
        };
    }

    private static long Number(Dictionary<string, string> values, string name, long highest) =>
        values.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= highest
            ? number
            : throw new FormatException($"show info has no {name} that is a number");
}
