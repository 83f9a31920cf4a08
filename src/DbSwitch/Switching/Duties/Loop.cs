namespace DbSwitch.Switching.Duties;

/// <summary>A loop that runs elsewhere, as a duty: the keepers', the probes', the names'.</summary>
internal sealed class Loop(string name, Func<CancellationToken, Task> run) : IDuty
{
    public string Name => name;

    public Task RunAsync(CancellationToken stop) => run(stop);
}
