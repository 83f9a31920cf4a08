using System.Net;
using DbSwitch.Configuration;

namespace DbSwitch.Databases;

/// <summary>What is known of one target's database, and remembered of it between two looks.</summary>
internal sealed class TargetState(TargetConfiguration configuration, IDatabaseKind kind, TimeProvider time) : IAsyncDisposable
{
    private readonly IDatabaseProbe _probe = kind.ProbeOf(configuration, time);

    public TargetConfiguration Configuration => configuration;

    public string Name => configuration.Name;

    public IDatabaseKind Kind => kind;

    /// <summary>What it last told about itself, however long ago; null for never.</summary>
    public DatabaseFacts? Known { get; private set; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? KnownAt { get; private set; }

    /// <summary>Where it was when it was asked last.</summary>
    public IPEndPoint? Address { get; private set; }

    public TimeSpan Interval => _probe.Interval;

    /// <summary>The latest look; null before the first one has ended.</summary>
    public Probe? Latest { get; private set; }

    /// <summary>One look, which never throws and never takes longer than the deadline, whatever the database does.</summary>
    public async Task<Probe> AskAsync(IPEndPoint? address, bool fresh, TimeSpan deadline, CancellationToken cancel)
    {
        (Address, var since) = (address, time.GetTimestamp());
        var answer = address is null
            ? new ProbeAnswer(Health.Unknown, "has no address")
            : await AnswerAsync(address, fresh, deadline, cancel).ConfigureAwait(false);
        var (before, now) = (Latest, time.GetUtcNow());
        var probe = new Probe(answer.Health, answer.Reason, time.GetElapsedTime(since), now) { Since = (before?.Health, before?.Reason) == (answer.Health, answer.Reason) ? before!.Since : now, Facts = answer.Facts ?? (answer.Health == Health.Healthy ? Latest?.Facts : null) };
        if (!cancel.IsCancellationRequested)
        {
            Latest = probe;
            (Known, KnownAt) = answer.Facts is { } told ? (told, now) : (Known ?? probe.Facts, KnownAt ?? (probe.Facts is null ? null : now));
        }

        return probe;
    }

    public ValueTask DisposeAsync() => _probe.DisposeAsync();

    private async Task<ProbeAnswer> AnswerAsync(IPEndPoint address, bool fresh, TimeSpan deadline, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            // Not every driver can be cancelled everywhere: one that hangs is left behind.
            return await _probe.AskAsync(address, fresh, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new ProbeAnswer(Health.Unknown, $"has not answered at {address} within {deadline.TotalSeconds:0.###} s");
        }
    }
}
