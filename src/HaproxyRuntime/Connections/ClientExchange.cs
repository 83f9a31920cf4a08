using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>What <see cref="RuntimeClient"/> says and hears on one connection, within one deadline. The first answer is that of interactive mode, which is empty.</summary>
internal sealed class ClientExchange(RuntimeEndpoint endpoint, Connection connection, RuntimeOptions options, TimeSpan patience, CancellationToken cancel) : IDisposable
{
    private readonly AnswerBuffer _buffer = new(options.MaximumAnswerBytes);
    private readonly List<string> _answers = [];
    private readonly CancellationTokenSource _deadline = new(patience, options.Time);
    private CancellationTokenSource? _either;
    private int _expected;

    private CancellationToken Until => (_either ??= CancellationTokenSource.CreateLinkedTokenSource(cancel, _deadline.Token)).Token;

    /// <param name="command">To whom trouble is put down.</param>
    /// <param name="lines">With their ends.</param>
    /// <param name="answers">How many there will be to them.</param>
    public async Task SendAsync(RuntimeCommand command, string lines, int answers)
    {
        _expected += answers;
        try
        {
            await connection.SendAllAsync(Encoding.UTF8.GetBytes(lines), Until).ConfigureAwait(false);
        }
        catch (Exception e) when (Trouble(e, command) is { } trouble)
        {
            throw trouble;
        }
    }

    /// <summary>The last of the answers expected so far; the connection stays open.</summary>
    public async Task<string> NextAnswerAsync(RuntimeCommand command)
    {
        while (_answers.Count < _expected)
        {
            if (!await ReadAsync(command).ConfigureAwait(false))
            {
                throw CutShort(command);
            }
        }

        return _answers[^1];
    }

    /// <summary>The last of the answers expected so far, when the other end has closed behind it in good order.</summary>
    public async Task<string> LastAnswerAsync(RuntimeCommand command)
    {
        while (await ReadAsync(command).ConfigureAwait(false))
        {
        }

        return _answers.Count == _expected && !_buffer.HasMore ? _answers[^1] : throw CutShort(command);
    }

    public void Dispose()
    {
        _either?.Dispose();
        _deadline.Dispose();
    }

    /// <summary>False when there will be no more.</summary>
    private async Task<bool> ReadAsync(RuntimeCommand command)
    {
        int read;
        try
        {
            read = await connection.ReceiveAsync(_buffer.FreeSpace(), Until).ConfigureAwait(false);
        }
        catch (Exception e) when (Trouble(e, command) is { } trouble)
        {
            throw trouble;
        }

        _buffer.Advance(read);
        while (_buffer.TryTake(out var answer))
        {
            _answers.Add(answer);
            Check(command);
        }

        return _buffer.IsTooLong
            ? throw new RuntimeApiException(RuntimeApiError.TooLong, endpoint, command, $"the answer is longer than {options.MaximumAnswerBytes:N0} bytes", _buffer.Beginning())
            : read > 0;
    }

    private void Check(RuntimeCommand command)
    {
        if (_answers[0].Length > 0)
        {
            throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, command, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(_answers[0])}\"", _answers[0]);
        }

        if (_answers.Count > _expected)
        {
            throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, command, "it answered more than it was asked", _answers[^2]);
        }
    }

    private RuntimeApiException? Trouble(Exception e, RuntimeCommand command) => e switch
    {
        SocketException => new RuntimeApiException(RuntimeApiError.CutShort, endpoint, command, $"the connection broke before the answer was complete ({e.Message})", _buffer.Beginning(), e),
        OperationCanceledException when !cancel.IsCancellationRequested =>
            new RuntimeApiException(RuntimeApiError.TimedOut, endpoint, command, $"no complete answer within {patience.TotalSeconds:0.###} s", _buffer.Beginning(), e),
        _ => null,
    };

    private RuntimeApiException CutShort(RuntimeCommand command) =>
        new(RuntimeApiError.CutShort, endpoint, command, "the connection ended before the answer was complete", _buffer.Beginning());
}
