using System.Globalization;
using System.Text.RegularExpressions;

namespace HaproxyRuntime;

/// <summary>What a process of an HAProxy in master-worker mode is.</summary>
public enum MasterProcessKind
{
    /// <summary>The master itself.</summary>
    Master,

    /// <summary>A worker: it carries clients.</summary>
    Worker,

    /// <summary>Another program that the master keeps running (<c>program</c> sections, until HAProxy 3.2).</summary>
    Program,
}

/// <summary>One line of <c>show proc</c> (management guide section 9.4).</summary>
/// <param name="Pid">Its process id, in the master's namespace.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name"><c>master</c>, <c>worker</c>, or the program's name.</param>
/// <param name="IsOld">
/// Listed among the old ones. After a reload that is a process that finishes its sessions. But after a reload that failed, 3.2 lists its current worker there too, though it takes
/// clients as before: <see cref="ProcessInfo.Stopping"/>, asked of the worker itself, tells which it is.
/// </param>
/// <param name="Reloads">Of the master: how often it was told to reload. Of a worker: how many reloads ago it was started.</param>
/// <param name="FailedReloads">Of the master, from HAProxy 2.5 on: how many reloads in a row have failed. Otherwise null.</param>
/// <param name="Uptime">How long it has run, in whole seconds.</param>
/// <param name="Version">Its version as it prints it, or null for a program.</param>
public sealed partial record MasterProcess(int Pid, MasterProcessKind Kind, string Name, bool IsOld, int Reloads, int? FailedReloads, TimeSpan Uptime, string? Version)
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="program">Whether it is in one of the sections of programs.</param>
    /// <param name="old">Whether it is in one of the sections of old processes.</param>
    /// <param name="relativePid">Whether there is a column with relative process ids, as in 2.4.</param>
    /// <exception cref="FormatException">It is none.</exception>
    internal static MasterProcess Parse(string line, bool program, bool old, bool relativePid)
    {
        var match = (relativePid ? LineWithRelativePid : Line).Match(line);
        if (!match.Success)
        {
            throw new FormatException($"\"{CommandResult.Excerpt(line)}\" is no process");
        }

        var name = match.Groups["type"].Value;
        var kind = program ? MasterProcessKind.Program : name == "master" ? MasterProcessKind.Master : MasterProcessKind.Worker;
        return kind == MasterProcessKind.Worker && name != "worker"
            ? throw new FormatException($"\"{CommandResult.Excerpt(name)}\" is no kind of process")
            : new MasterProcess(
                Number(match.Groups["pid"]),
                kind,
                name,
                old,
                Number(match.Groups["reloads"]),
                match.Groups["failed"] is { Success: true } failed ? Number(failed) : null,
                new TimeSpan(Number(match.Groups["d"]), Number(match.Groups["h"]), Number(match.Groups["m"]), Number(match.Groups["s"])),
                match.Groups["version"] is { Success: true, Value: not "-" } version ? version.Value : null);
    }

    private static int Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{group.Value}\" is no number");

    // A column is as wide as its text, when that is longer than the column: only spaces separate them for sure.
    [GeneratedRegex(@"^(?<pid>[0-9]+) +(?<type>\S+) +(?<reloads>[0-9]+)( \[failed: (?<failed>[0-9]+)\])? +(?<d>-?[0-9]{1,5})d(?<h>-?[0-9]{2})h(?<m>-?[0-9]{2})m(?<s>-?[0-9]{2})s( +(?<version>\S+))?\s*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Line { get; }

    [GeneratedRegex(@"^(?<pid>[0-9]+) +(?<type>\S+) +(-|[0-9]+|\[was: [0-9]+\]) +(?<reloads>[0-9]+) +(?<d>-?[0-9]{1,5})d(?<h>-?[0-9]{2})h(?<m>-?[0-9]{2})m(?<s>-?[0-9]{2})s( +(?<version>\S+))?\s*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex LineWithRelativePid { get; }
}
