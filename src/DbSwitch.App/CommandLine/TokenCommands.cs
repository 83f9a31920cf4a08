using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Http;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch token add|list|revoke</c>: who may ask over TCP. They work on the file itself, whose rights decide who may; a running manager reads it again by itself.</summary>
internal static class TokenCommands
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var token = new Command("token", "Who may use the HTTP API over TCP (listen.tokens)");
        var newName = new Argument<string>("name") { Description = "Whose it is: a person or a program" };
        var role = new Option<string>("--role") { Description = "viewer: may look; operator: may change", HelpName = "ROLE", Required = true };
        role.AcceptOnlyFromAmong("viewer", "operator");
        var add = new Command("add", "Give a token; it is printed once, and only its hash is kept") { newName, role };
        add.SetAction(parsed => Add(FileOf(common, parsed), parsed.GetValue(newName)!, TokenFile.RoleOf(parsed.GetValue(role)!)!.Value, parsed.GetValue(common.Json)));
        token.Add(add);
        var list = new Command("list", "Show the tokens that are known");
        list.SetAction(parsed => List(FileOf(common, parsed).File, parsed.GetValue(common.Json)));
        token.Add(list);
        var name = new Argument<string>("name") { Description = "Whose token it is" };
        var revoke = new Command("revoke", "Take a token back, from the next request on") { name };
        revoke.SetAction(parsed => Revoke(FileOf(common, parsed), parsed.GetValue(name)!, parsed.GetValue(common.Json)));
        token.Add(revoke);
        root.Add(token);
    }

    private static void Add((string File, string Manager) at, string name, Role role, bool json)
    {
        var (file, manager) = at;
        if (!TokenFile.IsName(name))
        {
            throw new CommandException(ExitCode.Usage, $"\"{name}\" is no name for a token: letters, digits, _ . @ and -, at most 60 characters.");
        }

        var secret = Token.NewSecret();
        var token = new Token(name, role, Token.HashOf(secret), TimeProvider.System.GetUtcNow());
        Change(file, manager, lines => lines.Any(l => TokenFile.Parse(l)?.Name == name)
            ? throw new CommandException(ExitCode.Refused, $"{name} has a token already. Revoke it first (dbswitch token revoke {name}), or choose another name.")
            : lines.Append(TokenFile.Line(token)));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new TokenView(name, token.Role.ToString().ToLowerInvariant(), token.Created, secret), ContractsJson.Default.TokenView));
            return;
        }

        // The token alone, so that it can go where it is needed without being seen.
        Console.WriteLine(secret);
        Console.Error.WriteLine($"{name} may {(role == Role.Operator ? "look and change" : "look")} with this token. It is shown this once: {file} has its hash alone.");
    }

    private static void List(string file, bool json)
    {
        var (tokens, problems) = Read(file);
        foreach (var problem in problems)
        {
            Console.Error.WriteLine("dbswitch: " + problem);
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize([.. tokens.Select(t => new TokenView(t.Name, t.Role.ToString().ToLowerInvariant(), t.Created))], ContractsJson.Default.IReadOnlyListTokenView));
            return;
        }

        Console.WriteLine(tokens.Count == 0 ? $"{file} has no token. Give one: dbswitch token add NAME --role viewer"
            : string.Join('\n', Columns.Lines([["name", "role", "created"], .. tokens.Select(t => new[] { t.Name, t.Role.ToString().ToLowerInvariant(), StatusText.Time(t.Created) })])));
    }

    private static void Revoke((string File, string Manager) at, string name, bool json)
    {
        var (file, manager) = at;
        Change(file, manager, lines =>
        {
            List<string> left = [.. lines.Where(l => TokenFile.Parse(l)?.Name != name)];
            return left.Count < lines.Count ? left : throw new CommandException(ExitCode.Usage, $"{file} has no token of {name}. dbswitch token list shows them.");
        });
        var message = $"{name}'s token is revoked.";
        Console.WriteLine(json ? JsonSerializer.Serialize(new MessageView(message, []), ContractsJson.Default.MessageView) : message);
    }

    /// <returns>The file, and the folder of the store, which is the manager's user's.</returns>
    private static (string File, string Manager) FileOf(CommonOptions common, ParseResult parsed)
    {
        var read = ConfigurationFile.Load(common.FileOf(parsed), Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
        return !read.IsValid ? throw CommandException.Of(read.Problems)
            : (read.Configuration.Listen.TokenFile ?? throw new CommandException(ExitCode.Usage, $"{read.Configuration.File} does not say where tokens are kept. Add to listen: tokens: /etc/dbswitch/tokens"), Path.GetDirectoryName(read.Configuration.StateFile)!);
    }

    private static (IReadOnlyList<Token> Tokens, IReadOnlyList<string> Problems) Read(string file)
    {
        try
        {
            return TokenFile.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Refused, $"{file} can't be read: {e.Message}", e);
        }
    }

    private static void Change(string file, string manager, Func<IReadOnlyList<string>, IEnumerable<string>> change)
    {
        try
        {
            TokenFile.Change(file, manager, change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Refused, $"{file} can't be written: {e.Message}", e);
        }
    }
}
