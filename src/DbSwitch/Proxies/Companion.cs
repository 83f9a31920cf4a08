using System.Globalization;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>What the companion script in one HAProxy process says of one backend: the answer to its <c>show dbswitch</c> (deploy/dbswitch.lua).</summary>
/// <param name="Generation">The highest that it has heard of; it refuses whoever comes with a lower one. 0 for none.</param>
/// <param name="Hold">How long a new connection may wait while no server is usable. Zero until it was told, or the first connection has waited.</param>
/// <param name="Ceiling">What <paramref name="Hold"/> can't exceed, whatever it is told; zero while no connection has waited yet.</param>
/// <param name="Waiting">New connections that wait now.</param>
/// <param name="LongestWait">The longest since the generation last grew, those that wait now included.</param>
/// <param name="Released">How many went on to a server after they had waited, since the process started.</param>
/// <param name="Expired">How many were closed because <paramref name="Hold"/> was over.</param>
/// <param name="Dropped">How many gave up before.</param>
/// <param name="Hopped">How many went on to the process that took this one's place.</param>
public sealed record Companion(long Generation, TimeSpan Hold, TimeSpan Ceiling, int Waiting, TimeSpan LongestWait, long Released, long Expired, long Dropped, long Hopped)
{
    private const string Unwritable = "unwritable: ";

    /// <summary>Why it can't keep its generations in the file that it was told to; null when it can, or when none was told. It refuses nothing for that.</summary>
    public string? MemoryProblem { get; init; }

    /// <summary>Reads the answer: lines <c>name value</c>, a <c>backend</c> line before those of each backend.</summary>
    /// <returns>What it says of this backend, all zero when it has not heard of it; null when there is no script.</returns>
    /// <exception cref="FormatException">It is a script's answer, but not one of a version that is known here.</exception>
    public static Companion? Parse(string answer, string backend)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ', 2)).ToList();
        if (lines is not [["version", _], ..])
        {
            return null;
        }

        if (lines[0][1] != "1")
        {
            throw new FormatException($"its companion script is of version {lines[0][1]}, and only version 1 is known here: load the dbswitch.lua of this dbswitch");
        }

        var values = lines
            .SkipWhile(line => line is not ["backend", var name] || name != backend).Skip(1)
            .TakeWhile(line => line[0] != "backend")
            .ToDictionary(line => line[0], line => line.Length > 1 && long.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{line[0]}\" has no number"));
        TimeSpan Time(string name) => TimeSpan.FromMilliseconds(values.GetValueOrDefault(name));
        return new Companion(
            values.GetValueOrDefault("generation"), Time("hold"), Time("ceiling"), (int)values.GetValueOrDefault("waiting"), Time("longest_wait"),
            values.GetValueOrDefault("released"), values.GetValueOrDefault("expired"), values.GetValueOrDefault("dropped"), values.GetValueOrDefault("hopped"))
        {
            MemoryProblem = lines.Select(line => line is ["memory", var memory] && memory.StartsWith(Unwritable, StringComparison.Ordinal) ? memory[Unwritable.Length..] : null).FirstOrDefault(problem => problem is not null),
        };
    }

    /// <summary>Before HAProxy 3.0 Lua does not see servers that were added at run time: there the script can't fence them or let clients in.</summary>
    public static bool CommandsServersIn(string version) => HaproxyVersion.TryParse(version, out var v) && v.IsAtLeast(3, 0, 0);
}
