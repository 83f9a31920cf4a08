using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using DbSwitch.Hooks;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Commands;

/// <summary>
/// Programs of the operator's that are asked before a switchover begins, and may say no; before the guards look, since what those have seen must not be old when it begins.
/// A hook that fails or is late counts as a no.
/// </summary>
internal sealed class HookQuestions(SwitchParts parts)
{
    public async Task<SwitchoverOutcome?> AskAsync(CommandRequest request, CancellationToken cancel)
    {
        foreach (var hook in parts.Hooks)
        {
            if (await WhyNotAsync(hook, request, cancel).ConfigureAwait(false) is not { } no)
            {
                continue;
            }

            if (!request.Selection.Force)
            {
                return Objections.Guard($"{no} (past it: select --force)");
            }

            request.Overridden.Add($"forced although {no}");
        }

        return null;
    }

    private async Task<string?> WhyNotAsync(HookConfiguration hook, CommandRequest request, CancellationToken cancel)
    {
        var (selection, present) = (request.Selection, request.TakenOver ?? parts.Core.State.Selection);
        var environment = new Dictionary<string, string>
        {
            ["DBSWITCH_EVENT"] = NoticeEvents.BeforeSwitchover,
            ["DBSWITCH_SWITCH"] = parts.Name,
            ["DBSWITCH_FROM"] = present?.Target ?? "",
            ["DBSWITCH_TO"] = selection.Target ?? "",
            ["DBSWITCH_BY"] = selection.By,
            ["DBSWITCH_REASON"] = selection.Reason,
            ["DBSWITCH_GENERATION"] = (present?.Generation ?? 0).ToString(CultureInfo.InvariantCulture),
            ["DBSWITCH_FORCE"] = selection.Force ? "1" : "0",
        };
        using var timer = new CancellationTokenSource(hook.Timeout, parts.Time);
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
