using System.Globalization;
using System.Text.RegularExpressions;
using DbSwitch.Files;

namespace DbSwitch.App.Http.Authentication;

/// <summary>
/// The file of <c>listen.tokens</c>: one token a line, <c>NAME ROLE SHA256 CREATED</c>; empty lines and those that begin with # are passed over. A line that can't be
/// read lets nobody in, and is said; the others hold.
/// </summary>
internal static partial class TokenFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static (IReadOnlyList<Token> Tokens, IReadOnlyList<string> Problems) Read(string path)
    {
        var tokens = new List<Token>();
        var problems = new List<string>();
        if (!File.Exists(path))
        {
            return (tokens, problems);
        }

        if (FileFacts.NotRegular(path) is { } other)
        {
            throw new IOException($"it {other}");
        }

        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherWrite))
        {
            return (tokens, [$"{path} can be written by everybody, so it lets nobody in; chmod 600 it"]);
        }

        foreach (var (text, i) in File.ReadLines(path).Select((l, i) => (l.Trim(), i + 1)).Where(l => l.Item1.Length > 0 && l.Item1[0] != '#'))
        {
            if (Parse(text) is not { } token)
            {
                problems.Add($"{path}:{i}: no token that can be read, so it lets nobody in; each line is NAME viewer|operator SHA256 TIME, as \"dbswitch token add\" writes it");
            }
            else if (tokens.Exists(t => t.Name == token.Name || t.Hash == token.Hash))
            {
                problems.Add($"{path}:{i}: {token.Name} is there twice; the first one holds");
            }
            else
            {
                tokens.Add(token);
            }
        }

        return (tokens, problems);
    }

    /// <summary>Changes the file, in one step: who reads it meanwhile has the one before or the one after. Lines that are no tokens stay.</summary>
    /// <param name="manager">A file or folder of the manager's user. A new file that root makes is given to that user, who could not read it otherwise; one that is there keeps its owner and its rights.</param>
    /// <param name="change">The lines before; gives those after.</param>
    public static void Change(string path, string manager, Func<IReadOnlyList<string>, IEnumerable<string>> change)
    {
        // One change at a time: the second would undo the first.
        using var alone = Lock(path + ".lock");
        var like = File.Exists(path) ? path : manager;
        FileOwner.GiveTo(path + ".lock", like);
        var next = path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // Who may read the old one may read the new one.
            options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : Owner;
        }

        using (var writer = new StreamWriter(new FileStream(next, options)))
        {
            foreach (var line in change(File.Exists(path) ? File.ReadAllLines(path) : ["# Tokens of dbswitch: NAME ROLE SHA256 CREATED. Written by \"dbswitch token\"."]))
            {
                writer.Write(line + "\n");
            }

            writer.Flush();
            ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
        }

        FileOwner.GiveTo(next, like);
        File.Move(next, path, overwrite: true);
    }

    public static string Line(Token token) => string.Create(CultureInfo.InvariantCulture, $"{token.Name} {token.Role.ToString().ToLowerInvariant()} {token.Hash} {token.Created:yyyy-MM-ddTHH:mm:ssZ}");

    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>Null when the line is no token.</summary>
    public static Token? Parse(string line) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var name, var role, var hash, var created] && IsName(name) && Hash().IsMatch(hash) && RoleOf(role) is { } may
        && DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new Token(name, may, hash, time)
            : null;

    public static Role? RoleOf(string word) => word switch
    {
        "viewer" => Role.Viewer,
        "operator" => Role.Operator,
        _ => null,
    };

    private static FileStream Lock(string path)
    {
        var until = TimeProvider.System.GetUtcNow().AddSeconds(5);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && TimeProvider.System.GetUtcNow() < until)
            {
                Thread.Sleep(20);
            }
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,59}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();
}
