using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Hooks;

namespace DbSwitch.App.Notifying;

/// <summary>A program of the operator's that is run for each notice, once: what it could not do then is its own to do later.</summary>
internal sealed class HookRecipient(HookConfiguration hook, TimeProvider time, ILogger logger) : Recipient($"hook {hook.Name}", logger)
{
    protected override async Task<string?> DeliverAsync(Notice notice, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(hook.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            var end = await HookProgram.RunAsync(hook.Program, [notice.View.Event], EnvironmentOf(notice), notice.Json, either.Token);
            return end.ExitCode == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {end.ExitCode}{(end.LastWords is null ? "" : $": {end.LastWords}")}");
        }
        catch (HookException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it was not done within {hook.Timeout.TotalSeconds:0.###} s and was killed");
        }
    }

    /// <summary>The most used of what is in the JSON, for a shell.</summary>
    private static Dictionary<string, string> EnvironmentOf(Notice notice)
    {
        var (view, switchover, selection) = (notice.View, notice.View.Switchover, notice.View.State.Selection);
        return new Dictionary<string, string>
        {
            ["DBSWITCH_EVENT"] = view.Event,
            ["DBSWITCH_SWITCH"] = view.Switch,
            ["DBSWITCH_MESSAGE"] = view.Message,
            ["DBSWITCH_STATE"] = view.State.State,
            ["DBSWITCH_SELECTED"] = selection?.Target ?? "",
            ["DBSWITCH_GENERATION"] = Text(switchover?.Generation ?? selection?.Generation),
            ["DBSWITCH_ID"] = Text(switchover?.Id),
            ["DBSWITCH_FROM"] = switchover?.From ?? "",
            ["DBSWITCH_TO"] = switchover?.To ?? "",
            ["DBSWITCH_BY"] = switchover?.By ?? "",
            ["DBSWITCH_REASON"] = switchover?.Reason ?? "",
            ["DBSWITCH_RESULT"] = switchover?.Result ?? "",
        };
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
