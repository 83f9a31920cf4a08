using System.Globalization;
using DbSwitch.App.Contracts;
using DbSwitch.Configuration;

namespace DbSwitch.App.Notifying;

/// <summary>What of all that changes is worth telling others. Pure.</summary>
internal static class NoticeRules
{
    /// <param name="before">What the switch showed before; null when it is shown for the first time, which is no news but for what is wrong then.</param>
    /// <returns>Event and sentence.</returns>
    public static IEnumerable<(string Event, string Message)> Between(SwitchView? before, SwitchView now)
    {
        if (before is not null && before.Pause is null && now.Pause is { } pause)
        {
            yield return (NoticeEvents.Paused, $"{now.Name}: paused by {pause.By}{Because(pause.Reason)}.");
        }

        if (before?.Pause is not null && now.Pause is null)
        {
            yield return (NoticeEvents.Resumed, $"{now.Name}: resumed.");
        }

        if (before is not null && before.Hold is null && now.Hold is { } hold)
        {
            yield return (NoticeEvents.Held, string.Create(CultureInfo.InvariantCulture, $"{now.Name}: new connections wait until {hold.Until:u} at most, held by {hold.By}{Because(hold.Reason)}."));
        }

        if (before?.Hold is not null && now.Hold is null)
        {
            yield return (NoticeEvents.Released, $"{now.Name}: new connections go on.");
        }

        if (now.Problems.Count > 0 && before?.Problems.Count is null or 0)
        {
            yield return (NoticeEvents.Trouble, $"{now.Name}: {string.Join("; ", now.Problems)}");
        }

        if (now.Problems.Count == 0 && before?.Problems.Count > 0)
        {
            yield return (NoticeEvents.Recovered, $"{now.Name}: nothing is wrong any more.");
        }
    }

    /// <returns>Null for a phase in between.</returns>
    /// <param name="isNew">Whether nothing was told of this switchover yet.</param>
    public static (string Event, string Message)? Of(SwitchoverView switchover, bool isNew) =>
        switchover.Phase is null ? (NoticeEvents.SwitchoverEnded, switchover.Message)
        : isNew ? (NoticeEvents.SwitchoverStarted, string.Create(CultureInfo.InvariantCulture, $"{switchover.Switch}: switchover {switchover.Id} from {switchover.From ?? "none"} to {switchover.To ?? "none"} by {switchover.By}{Because(switchover.Reason)}."))
        : null;

    private static string Because(string reason) => reason.Length > 0 ? $" ({reason})" : "";
}
