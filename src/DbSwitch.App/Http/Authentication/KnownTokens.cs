using DbSwitch.Files;

namespace DbSwitch.App.Http.Authentication;

/// <summary>The tokens that are known now: the file is read again when it is another one than before. What can't be read lets nobody in.</summary>
internal sealed partial class KnownTokens(string path, ILogger<KnownTokens> logger)
{
    private readonly Lock _reading = new();
    private (DateTime Written, long Length, bool Exists) _seen;
    private IReadOnlyList<Token> _tokens = [];
    private bool _read;

    /// <summary>Why the file could not be read when it was last tried, as a part of a sentence; then no token is known. Null when it could.</summary>
    public string? Problem { get; private set; }

    public Token? Find(string secret) => Token.Find(Now(), secret);

    public IReadOnlyList<Token> Now()
    {
        lock (_reading)
        {
            var file = new FileInfo(path);
            var now = file.Exists ? (file.LastWriteTimeUtc, file.Length, true) : default;
            // The time of writing does not change when somebody gives the manager the right to read it.
            if (!_read || now != _seen || Problem is not null)
            {
                (_read, _seen, _tokens) = (true, now, Read());
            }

            return _tokens;
        }
    }

    private IReadOnlyList<Token> Read()
    {
        try
        {
            var (tokens, problems) = TokenFile.Read(path);
            foreach (var problem in problems)
            {
                Wrong(problem);
            }

            Reread(path, tokens.Count);
            Problem = null;
            return tokens;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = $"user {Environment.UserName} can't read {path}: {(e is UnauthorizedAccessException ? $"it belongs to {FileOwner.Of(path) ?? "somebody else"}" : e.Message)}";
            if (why != Problem)
            {
                Wrong($"{why}. It lets nobody in until that is put right: chown {Environment.UserName} {path}");
            }

            Problem = why;
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was read: {Count} tokens")]
    private partial void Reread(string path, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void Wrong(string problem);
}
