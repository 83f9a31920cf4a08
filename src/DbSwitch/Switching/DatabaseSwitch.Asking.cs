using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using DbSwitch.Hooks;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>Programs of the operator's that are asked before a switchover begins, and may say no.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>In this order.</summary>
    internal IReadOnlyList<HookConfiguration> Asked { get; init; } = [];

    /// <summary>Before the guards look, since what they have seen must not be old when it begins. None that can't be asked, and none that is not done in time, has said yes.</summary>
    /// <returns>What was said and is passed over by force, as a part of a sentence (empty for nothing); or why it is refused.</returns>
    private async Task<(string Overridden, SwitchoverOutcome.Refused? Refusal)> AskAsync(SwitchoverRequest request, CancellationToken cancel)
    {
        var overridden = new List<string>();
        foreach (var hook in Asked)
        {
            if (await WhyNotAsync(hook, request, cancel).ConfigureAwait(false) is not { } no)
            {
                continue;
            }

            if (!request.Force)
            {
                return ("", new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {no} (past it: select --force)."));
            }

            overridden.Add($"forced although {no}");
        }

        return (string.Join("; ", overridden), null);
    }

    private async Task<string?> WhyNotAsync(HookConfiguration hook, SwitchoverRequest request, CancellationToken cancel)
    {
        var environment = new Dictionary<string, string>
        {
            ["DBSWITCH_EVENT"] = NoticeEvents.BeforeSwitchover,
            ["DBSWITCH_SWITCH"] = Name,
            ["DBSWITCH_FROM"] = Selection?.Target ?? "",
            ["DBSWITCH_TO"] = request.Target ?? "",
            ["DBSWITCH_BY"] = request.By,
            ["DBSWITCH_REASON"] = request.Reason,
            ["DBSWITCH_GENERATION"] = (Selection?.Generation ?? 0).ToString(CultureInfo.InvariantCulture),
            ["DBSWITCH_FORCE"] = request.Force ? "1" : "0",
        };
        using var timer = new CancellationTokenSource(hook.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            var end = await HookProgram.RunAsync(hook.Program, [NoticeEvents.BeforeSwitchover], environment, "", either.Token).ConfigureAwait(false);
            return end.ExitCode == 0 ? null
                : end.LastWords is { } words ? $"the hook {hook.Name} says no: {words}"
                : string.Create(CultureInfo.InvariantCulture, $"the hook {hook.Name} says no (exit code {end.ExitCode}, and nothing on its standard error)");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"the hook {hook.Name} has not answered within {Durations.Show(hook.Timeout)} and was killed";
        }
        catch (HookException e)
        {
            return $"the hook {hook.Name} can't be asked: {e.Message}";
        }
    }
}
