namespace DbSwitch.App.Http.Authentication;

/// <summary>The tokens that hold now: the file is read again when it is another one than before. What can't be read lets nobody in.</summary>
internal sealed partial class KnownTokens(string path, ILogger<KnownTokens> logger)
{
    private readonly Lock _reading = new();
    private (DateTime Written, long Length, bool Exists) _seen;
    private IReadOnlyList<Token> _tokens = [];
    private bool _read;

    public Token? Find(string secret) => Token.Find(Now(), secret);

    public IReadOnlyList<Token> Now()
    {
        lock (_reading)
        {
            var file = new FileInfo(path);
            var now = file.Exists ? (file.LastWriteTimeUtc, file.Length, true) : default;
            if (!_read || now != _seen)
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
            return tokens;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Wrong($"{path} can't be read, so it lets nobody in: {e.Message}");
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was read: tokens that hold: {Count}")]
    private partial void Reread(string path, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void Wrong(string problem);
}
