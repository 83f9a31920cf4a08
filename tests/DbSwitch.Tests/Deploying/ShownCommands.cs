using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Deploying;

/// <summary>The commands that a page shows (its <c>```sh</c> blocks): a test runs them one by one, in its own order, and in the end none may be left.</summary>
internal sealed partial class ShownCommands(string page)
{
    private readonly List<string> _all = [.. Block().Matches(Read(page)).SelectMany(block => Joined(block.Groups[1].Value)).Distinct()];
    private readonly HashSet<string> _taken = [];

    public IReadOnlyList<string> All => _all;

    /// <summary>The one that begins so, or is just that.</summary>
    public string Take(string beginning)
    {
        var found = _all.Contains(beginning) ? [beginning] : _all.FindAll(command => command.StartsWith(beginning, StringComparison.Ordinal));
        found.Count.ShouldBe(1, $"docs/{page} has {found.Count} commands that begin with \"{beginning}\": {string.Join(" | ", _all)}");
        _taken.Add(found[0]);
        return found[0];
    }

    /// <summary>All of them that begin so.</summary>
    public IReadOnlyList<string> TakeAll(string beginning)
    {
        var found = _all.FindAll(command => command.StartsWith(beginning, StringComparison.Ordinal));
        found.ShouldNotBeEmpty($"docs/{page} shows no command that begins with \"{beginning}\".");
        _taken.UnionWith(found);
        return found;
    }

    public void NoneShouldBeLeft() => _all.Except(_taken).ShouldBeEmpty($"docs/{page} shows commands that nothing runs.");

    private static string Read(string page) => File.ReadAllText(Path.Combine(Checkout.Root, "docs", page));

    // A line that ends with a backslash goes on; a comment behind two spaces is for the reader.
    private static IEnumerable<string> Joined(string block) =>
        block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Select(line => Comment().Replace(line, "").Trim()).Where(line => line.Length > 0);

    [GeneratedRegex(@"^ *```sh\n(.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s\s)#\s.*$")]
    private static partial Regex Comment();
}
