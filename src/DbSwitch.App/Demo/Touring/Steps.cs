using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.ExitCodes;
using HaproxyRuntime;

namespace DbSwitch.App.Demo.Touring;

/// <summary>Goes through the steps of a tour, one by one, and says of each how it went; the first that fails is the last.</summary>
internal sealed class Steps(Topology topology, DemoLog log, TextWriter output)
{
    private const int LinesOnFailure = 15;

    /// <returns>Whether every step went as it should.</returns>
    public async Task<bool> RunAsync((string Title, Func<CancellationToken, Task<Seen>> Run)[] steps, CancellationToken cancel)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            await output.WriteAsync($"[{i + 1}/{steps.Length}] {steps[i].Title} … ");
            await output.FlushAsync(CancellationToken.None);
            try
            {
                var seen = await steps[i].Run(cancel);
                await output.WriteLineAsync($"ok ({seen.How})");
                await output.WriteLineAsync($"      received: {seen.Received}");
            }
            catch (Exception e) when (e is TourException or CommandException or DemoException or RuntimeApiException || (e is OperationCanceledException && topology.WhatBroke is not null))
            {
                await FailAsync($"step {i + 1} of {steps.Length} ({steps[i].Title})", e);
                return false;
            }
        }

        return true;
    }

    private async Task FailAsync(string where, Exception e)
    {
        await output.WriteLineAsync("FAILED");
        var why = topology.WhatBroke ?? e.Message;
        if (topology.WhatBroke is null && e is TourException seen)
        {
            await output.WriteLineAsync($"      expected: {seen.Expected}");
            await output.WriteLineAsync($"      received: {seen.Received}");
        }

        await output.WriteLineAsync("The last of the log:");
        foreach (var line in log.Last(LinesOnFailure))
        {
            await output.WriteLineAsync("  " + line);
        }

        await output.WriteLineAsync($"The tour failed at {where}: {why.Split(Environment.NewLine)[0].TrimEnd('.')}.");
    }
}

/// <param name="How">In brackets behind "ok".</param>
/// <param name="Received">What the client received, or who else looked.</param>
internal sealed record Seen(string How, string Received);
