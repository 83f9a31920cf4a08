using System.Text.RegularExpressions;

namespace DbSwitch.Doctoring;

/// <summary>How systemd starts this machine's HAProxy: where its master's socket is, and who may use it. Debian has that in EXTRAOPTS of its unit, which /etc/default/haproxy may replace.</summary>
/// <param name="MasterSocket">The path behind <c>-S</c>.</param>
/// <param name="MasterOptions">What stands behind it, such as mode,660,group,haproxy.</param>
public sealed partial record HaproxyService(string MasterSocket, IReadOnlyList<string> MasterOptions)
{
    private static readonly string[] Units = ["etc/systemd/system/haproxy.service", "usr/lib/systemd/system/haproxy.service", "lib/systemd/system/haproxy.service"];

    /// <summary>Whether others than root may use it: without a mode it is made as root's umask has it.</summary>
    public bool IsForAGroup => MasterOptions.Contains("mode") && (MasterOptions.Contains("group") || MasterOptions.Contains("gid") || MasterOptions.Contains("user") || MasterOptions.Contains("uid"));

    /// <summary>What to write into /etc/default/haproxy so that a group may use it.</summary>
    public string Wanted(string group) => $"EXTRAOPTS=\"-S {MasterSocket},mode,660,group,{group}\"";

    /// <summary>This machine's.</summary>
    /// <param name="root">Where its file system begins.</param>
    /// <returns>Null where there is none, or none with a master socket.</returns>
    public static HaproxyService? Find(string root = "/")
    {
        if (Units.Select(unit => Path.Combine(root, unit)).FirstOrDefault(File.Exists) is not { } unit)
        {
            return null;
        }

        var dropIns = Path.Combine(root, "etc/systemd/system/haproxy.service.d");
        try
        {
            string[] texts = [File.ReadAllText(unit), .. Directory.Exists(dropIns) ? Directory.GetFiles(dropIns, "*.conf").Order(StringComparer.Ordinal).Select(File.ReadAllText) : []];
            var defaults = Path.Combine(root, "etc/default/haproxy");
            return Of(string.Join('\n', texts), File.Exists(defaults) ? File.ReadAllText(defaults) : "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="unit">The unit's text, with its drop-ins.</param>
    /// <param name="defaults">Of /etc/default/haproxy: what it sets replaces what the unit does.</param>
    public static HaproxyService? Of(string unit, string defaults)
    {
        var extra = Lines(defaults).Select(line => Assignment().Match(line)).LastOrDefault(match => match.Success)?.Groups[1].Value
            ?? InUnit().Matches(string.Join('\n', Lines(unit))).LastOrDefault()?.Groups[1].Value
            ?? "";
        var start = Lines(unit).LastOrDefault(line => line.StartsWith("ExecStart=", StringComparison.Ordinal) && line.Length > "ExecStart=".Length) ?? "";
        return Master().Match(start.Replace("$EXTRAOPTS", extra, StringComparison.Ordinal)) is { Success: true } found && found.Groups[1].Value.Split(',') is [var path, .. var options]
            ? new HaproxyService(path, options)
            : null;
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');

    [GeneratedRegex("""^EXTRAOPTS=["']?(.*?)["']?$""")]
    private static partial Regex Assignment();

    [GeneratedRegex("""^Environment=.*"?EXTRAOPTS=([^"\n]*)"?""", RegexOptions.Multiline)]
    private static partial Regex InUnit();

    [GeneratedRegex(@"-S (\S+)")]
    private static partial Regex Master();
}
