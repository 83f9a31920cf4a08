using System.Globalization;
using System.Security.Cryptography;

namespace DbSwitch.App.Http.Events;

/// <summary>
/// What a listener shows to be told what it missed: <c>RUN-NUMBER</c>. The run is another one after each start of the manager, so that a number of before is
/// known to be one.
/// </summary>
internal static class EventId
{
    public static string NewRun() => RandomNumberGenerator.GetHexString(8, lowercase: true);

    public static string Text(string run, long number) => string.Create(CultureInfo.InvariantCulture, $"{run}-{number}");

    /// <summary>The number in an id of this run; null for any other text.</summary>
    public static long? NumberOf(string run, string id) =>
        id.StartsWith(run + "-", StringComparison.Ordinal) && long.TryParse(id.AsSpan(run.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
