using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Databases.Redis;

/// <summary>
/// One open connection. Each answer is whole, or an exception; nothing is ever sent twice. After an answer that did not come the connection is of no use any more: what became of the command is
/// known when the server has this connection no more.
/// </summary>
internal sealed class RedisSession(Stream stream, RedisServer server, IPEndPoint address) : IDatabaseSession
{
    private readonly RespReader _reader = new(stream);
    private bool _isBroken;

    public IPEndPoint Address => address;

    public RedisServer Server => server;

    /// <summary>The answer, an error of the server's too.</summary>
    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public async Task<RespValue> TryAskAsync(CancellationToken cancel, params IReadOnlyList<string> command) => (await TryAskAllAsync([command], cancel).ConfigureAwait(false))[0];

    /// <summary>Commands of which none depends on another's answer, sent at once.</summary>
    /// <exception cref="DatabaseException">Not all were answered, and why.</exception>
    public async Task<IReadOnlyList<RespValue>> TryAskAllAsync(IReadOnlyList<IReadOnlyList<string>> commands, CancellationToken cancel)
    {
        if (_isBroken)
        {
            throw new DatabaseException(Health.Unknown, "was not asked: the connection to it had ended");
        }

        // Until all is answered: whoever leaves in between leaves it so.
        _isBroken = true;
        try
        {
            await stream.WriteAsync((byte[])[.. commands.SelectMany(RespRequest.Of)], cancel).ConfigureAwait(false);
            var answers = new List<RespValue>();
            while (answers.Count < commands.Count)
            {
                answers.Add(await _reader.ReadAsync(cancel).ConfigureAwait(false));
            }

            _isBroken = false;
            return answers;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or ObjectDisposedException)
        {
            throw RedisTrouble.OfConnection(e, commands[0], address);
        }
    }

    /// <summary>The answer.</summary>
    /// <exception cref="DatabaseException">It was refused, or not answered, and why.</exception>
    public async Task<RespValue> AskAsync(CancellationToken cancel, params IReadOnlyList<string> command) =>
        await TryAskAsync(cancel, command).ConfigureAwait(false) is var answer && answer is RespValue.Error error ? throw RedisTrouble.Of(error, command, server) : answer;

    /// <summary>A text.</summary>
    /// <exception cref="DatabaseException">It was refused, or not answered, and why.</exception>
    public async Task<string> TextAsync(CancellationToken cancel, params IReadOnlyList<string> command) =>
        await AskAsync(cancel, command).ConfigureAwait(false) is RespValue.Text { Value: { } text } ? text : throw RedisTrouble.Strange(command);

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
