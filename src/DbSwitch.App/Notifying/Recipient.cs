using System.Threading.Channels;

namespace DbSwitch.App.Notifying;

/// <summary>One who is told, one notice after the other, in the order in which things happened. Each has a row of its own with an end, so that one that hangs delays nobody else.</summary>
internal abstract partial class Recipient : IAsyncDisposable
{
    /// <summary>Hours of usual work; who is away for longer learns the rest from the history.</summary>
    private const int MostWaiting = 100;

    private readonly Channel<Notice> _waiting = Channel.CreateBounded<Notice>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _end = new();
    private readonly ILogger _logger;
    private readonly Task _work;

    protected Recipient(string called, ILogger logger)
    {
        (Called, _logger) = (called, logger);
        _work = Task.Run(WorkAsync);
    }

    /// <summary>In the log: "webhook chat".</summary>
    protected string Called { get; }

    public void Tell(Notice notice)
    {
        if (!_waiting.Writer.TryWrite(notice))
        {
            LeftOut(_logger, notice.View.Switch, notice.View.Event, Called, MostWaiting);
        }
    }

    /// <summary>Nothing more comes; what waits is still delivered.</summary>
    public void Finish() => _waiting.Writer.TryComplete();

    /// <summary>The manager ends: what waits is dropped, and that is said.</summary>
    public async ValueTask DisposeAsync()
    {
        Finish();
        await _end.CancelAsync();
        await _work;
        if (_waiting.Reader.Count > 0)
        {
            Dropped(_logger, Called, _waiting.Reader.Count);
        }

        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <returns>Null when it was delivered, in the end; otherwise why it is given up.</returns>
    protected abstract Task<string?> DeliverAsync(Notice notice, CancellationToken cancel);

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var notice in _waiting.Reader.ReadAllAsync(_end.Token))
            {
                await DeliverAloneAsync(notice);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The manager ends.
        }
    }

    private async Task DeliverAloneAsync(Notice notice)
    {
        string? problem;
        try
        {
            problem = await DeliverAsync(notice, _end.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One notice less; the next one is tried.
            problem = $"an unexpected error: {e.Message}";
        }

        if (problem is not null)
        {
            GivenUp(_logger, notice.View.Switch, notice.View.Event, Called, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Event}: {Recipient} was not told: {Problem}")]
    private static partial void GivenUp(ILogger logger, string @switch, string @event, string recipient, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Event}: {Recipient} was not told: {Count} notices wait for it already")]
    private static partial void LeftOut(ILogger logger, string @switch, string @event, string recipient, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Recipient}: the manager ends, and {Count} notices were not delivered")]
    private static partial void Dropped(ILogger logger, string recipient, int count);
}
