using DbSwitch.App.ExitCodes;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;

namespace DbSwitch.App.Serving;

/// <summary>What an empty store makes of the proxies at the start: they decide, or a person's word (<c>--adopt</c>) does, or the manager does not start.</summary>
/// <param name="decisions">What a person said: switch to target, null for none.</param>
internal sealed partial class Deciding(Manager manager, IReadOnlyDictionary<string, string?> decisions, ILogger logger)
{
    /// <summary>How long every proxy is waited for; after it the manager is ready, and goes on waiting beside its other work.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="ServeException">A person must say what is selected, and has not; or what was said can't be done.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var unknown in decisions.Keys.Where(d => !manager.Switches.ContainsKey(d)))
        {
            throw new ServeException(ExitCode.Usage, $"--adopt: there is no switch {unknown}. The switches: {string.Join(", ", manager.Switches.Keys)}.");
        }

        foreach (var one in manager.Switches.Values)
        {
            if (decisions.GetValueOrDefault(one.Name) is { } wanted && !one.Configuration.Targets.ContainsKey(wanted))
            {
                throw new ServeException(ExitCode.Usage, $"--adopt: {one.Name} has no target {wanted}; its targets are {string.Join(", ", one.Configuration.Targets.Keys)}.");
            }
        }

        var deadline = Task.Delay(Patience, cancel);
        foreach (var one in manager.Switches.Values)
        {
            var decided = one.DecidedAsync(Timeout.InfiniteTimeSpan, cancel);
            if (await Task.WhenAny(decided, deadline) == decided)
            {
                await decided;
                await SayAsync(one, cancel);
            }
            else
            {
                _ = LaterAsync(one, decided, cancel);
            }
        }
    }

    private async Task LaterAsync(DatabaseSwitch one, Task decided, CancellationToken cancel)
    {
        try
        {
            await decided;
            await SayAsync(one, cancel);
        }
        catch (ServeException e)
        {
            NotDecided(e.Message);
        }
        catch (OperationCanceledException)
        {
            // The manager ends.
        }
    }

    private async Task SayAsync(DatabaseSwitch one, CancellationToken cancel)
    {
        if (one.Snapshot.NeedsPerson is null)
        {
            if (decisions.TryGetValue(one.Name, out var said) && one.Snapshot.Selection is { Target: var selected } && selected != said)
            {
                NotNeeded(one.Name, said ?? "none", selected ?? "none", one.Snapshot.Selection.Reason, said ?? "--none");
            }

            return;
        }

        if (!decisions.TryGetValue(one.Name, out var target))
        {
            throw new ServeException(ExitCode.NeedsPerson, $"{one.Snapshot.NeedsPerson} Say which it shall be, once: dbswitch serve --adopt {one.Name}=TARGET (or {one.Name}=none).");
        }

        var outcome = await one.SelectAsync(new SwitchoverRequest(target, Environment.UserName, "--adopt") { Force = true }, null, null, cancel);
        if (one.Snapshot.Selection?.Target != target)
        {
            throw new ServeException(ExitCode.NeedsPerson, outcome.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void NotDecided(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "--adopt {Switch}={Said} answers a question that was not asked, and does nothing: {Selected} is selected ({Reason}). To change that: dbswitch select {Argument} --switch {Switch}")]
    private partial void NotNeeded(string @switch, string said, string selected, string reason, string argument);
}
