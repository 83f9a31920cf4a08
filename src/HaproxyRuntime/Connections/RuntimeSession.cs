namespace HaproxyRuntime;

/// <summary>
/// A Runtime API over one connection that is kept open, in HAProxy's interactive mode (<c>prompt</c>, management guide section 9.3). Thread-safe: commands are
/// answered in the order in which they were sent, and may be sent before earlier ones are answered. A reload does not end it: it stays with the old worker, which
/// says so in <c>show info</c> (<see cref="ProcessInfo.Stopping"/>), and keeps that worker alive.
/// A command whose deadline passed stays in its place: its answer may still come (<see cref="Unanswered"/>), and <see cref="Ended"/> tells when it can't any more.
/// </summary>
public sealed partial class RuntimeSession : RuntimeApi, IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<PendingAnswer> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _whenClosing;
    private readonly TaskCompletionSource<RuntimeApiException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AnswerDeadlines _deadlines;
    private int _closed;
    private bool _endedByPeer;

    private RuntimeSession(RuntimeEndpoint endpoint, Connection connection, RuntimeOptions options)
        : base(endpoint, options)
    {
        _connection = connection;
        _whenClosing = _closing.Token;
        _buffer = new AnswerBuffer(options.MaximumAnswerBytes);
        _deadlines = new AnswerDeadlines(options, GiveUpWhatIsLate);
    }

    /// <summary>Completes, never fails, when the connection has ended, with the reason: the process ended or closed it, or we did.</summary>
    public Task<RuntimeApiException> Ended => _ended.Task;

    /// <summary>
    /// Whether the other end closed the connection: then its process has read all it ever will, and executes nothing of it any more.
    /// False while it is open, and when it ended on our side (closed, or silent for too long). Behind a TCP proxy, such as Docker's for published ports, the
    /// other end is that proxy, whose word says nothing about HAProxy.
    /// </summary>
    public bool EndedByPeer => _ended.Task is { IsCompletedSuccessfully: true } && _endedByPeer;

    /// <summary>Connects and enters interactive mode.</summary>
    /// <exception cref="RuntimeApiException">There is no HAProxy to talk to.</exception>
    public static async Task<RuntimeSession> OpenAsync(RuntimeEndpoint endpoint, RuntimeOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= new RuntimeOptions();
        var connection = await Transport.ConnectAsync(endpoint, options, cancel).ConfigureAwait(false);
        var session = new RuntimeSession(endpoint, connection, options);
        session.BeginReading();
        try
        {
            var greeting = await session.SendAsync(null, "prompt", cancel).ConfigureAwait(false);
            return greeting.Length == 0
                ? session
                : throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, null, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(greeting)}\"", greeting);
        }
        catch (RuntimeApiException e) when (e is { Error: RuntimeApiError.CutShort, Answer: { Length: > 0 } answer } && !"\n> ".StartsWith(answer, StringComparison.Ordinal))
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, null, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(answer)}\"", answer, e);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the connection. HAProxy may still execute what it has received.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await _closing.CancelAsync().ConfigureAwait(false);

            // The reader, which waits for the next bytes, meets this, and ends.
            _connection.Close();
            await _done.Task.ConfigureAwait(false);
            _closing.Dispose();
        }
        else
        {
            await _ended.Task.ConfigureAwait(false);
        }
    }

    private Task<string> SendAsync(RuntimeCommand command, CancellationToken cancel) => SendAsync(command, command.Text, cancel);
}
