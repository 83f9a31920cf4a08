using System.CommandLine;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch completion SHELL</c>: prints what the shell is to read. What may come next is found out by the hidden <c>complete</c>.</summary>
internal static class CompletionCommand
{
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong(Shells);
        var command = new Command("completion", "Print the lines with which a shell completes commands, options and names at Tab") { shell };
        command.SetAction(parsed => Console.Write(ScriptFor(parsed.GetValue(shell)!)));
        root.Add(command);

        // The words up to the cursor, the last one as far as it is typed. A line for each word that may stand there.
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        var complete = new Command("complete") { words };
        complete.Hidden = true;
        complete.SetAction(parsed =>
        {
            // Here and not before: the library's help asks for them too, and help must not wait for a manager.
            CompletedNames.AddTo(root, common);
            foreach (var one in Of(root, parsed.GetValue(words) ?? []))
            {
                Console.WriteLine(one);
            }
        });
        root.Add(complete);
    }

    private static IEnumerable<string> Of(RootCommand root, string[] words)
    {
        var begun = words.LastOrDefault() ?? "";

        // Parsed without the last word, with a blank behind: whatever that word is, it is what is asked for.
        var line = string.Concat(words.SkipLast(1).Select(w => $"\"{w.Replace("\"", "", StringComparison.Ordinal)}\" "));
        var parsed = root.Parse(line);
        return parsed.UnmatchedTokens.Count > 0 ? [] : parsed.GetCompletions(line.Length)
            .Select(c => c.Label)
            .Where(label => label.StartsWith(begun, StringComparison.Ordinal) && (begun.StartsWith('-') || !label.StartsWith('-')) && label is not ("-?" or "/?" or "/h" or "-h"))
            .Distinct();
    }

    private static string ScriptFor(string shell)
    {
        using var resource = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"completion/dbswitch.{shell}") ?? throw new InvalidOperationException($"There is no script for {shell}.");
        return new StreamReader(resource).ReadToEnd();
    }
}
