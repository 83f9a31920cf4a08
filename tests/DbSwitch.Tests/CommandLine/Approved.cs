using System.Text.RegularExpressions;

namespace DbSwitch.Tests.CommandLine;

/// <summary>The approved texts are in Approved/: read one, and you know what a person sees. What is another each time (ports, times, milliseconds, folders) is written as a word there.</summary>
internal static partial class Approved
{
    /// <param name="known">What is another on each machine, and the word for it.</param>
    /// <returns>What has changed; null for nothing.</returns>
    public static string? FindChange(string shown, string file, params (string Text, string Word)[] known)
    {
        var text = known.Aggregate(shown, (all, one) => all.Replace(one.Text, one.Word, StringComparison.Ordinal));
        text = Date().Replace(text, "WHEN");
        text = Milliseconds().Replace(text, "N ms");
        text = Phases().Replace(text, "$1 N");
        text = Version().Replace(text, "VERSION");
        text = Blanks().Replace(Gaps().Replace(text, "$1  "), "");
        var approved = Path.Combine(Checkout.Root, "tests", "DbSwitch.Tests", "CommandLine", "Approved", file);
        if (File.Exists(approved) && text == File.ReadAllText(approved))
        {
            return null;
        }

        var received = Path.Combine(Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts", "received")).FullName, file);
        File.WriteAllText(received, text);
        return $"{file} has changed. Compare {received} with {approved}, and copy it there if it is right.";
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Date();

    [GeneratedRegex(@"\d+(\.\d+)? ms")]
    private static partial Regex Milliseconds();

    [GeneratedRegex(@"\b(guard|journal|fence|activate|verify) \d+")]
    private static partial Regex Phases();

    // HAProxy's, whichever package it is of; an address has four numbers.
    [GeneratedRegex(@"(?<![\w.])[1-9]\.\d{1,2}(\.\d{1,3}|-dev\d+)(?!\d|\.\d)[^ \n]*")]
    private static partial Regex Version();

    // How wide a column is depends on what is another each time.
    [GeneratedRegex(@"(\S) {2,}")]
    private static partial Regex Gaps();

    [GeneratedRegex(@"[ ]+$", RegexOptions.Multiline)]
    private static partial Regex Blanks();
}
