using System.Globalization;

namespace DbSwitch.Tests.Companion;

/// <summary>What <c>show dbswitch</c> says of one backend.</summary>
internal sealed class CompanionState
{
    private readonly Dictionary<string, long> _values;

    private CompanionState(Dictionary<string, long> values) => _values = values;

    public long this[string name] => _values[name];

    /// <param name="answer">The whole answer.</param>
    /// <returns>Null where the script has not heard of the backend yet.</returns>
    public static CompanionState? Of(string backend, string answer)
    {
        answer.ShouldStartWith("version 1\n");
        var lines = answer.TrimEnd('\n').Split('\n').Skip(1).SkipWhile(line => line != "backend " + backend).Skip(1).TakeWhile(line => !line.StartsWith("backend ", StringComparison.Ordinal)).ToList();
        return lines.Count == 0 ? null : new(lines.Select(line => line.Split(' ')).ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture)));
    }
}
