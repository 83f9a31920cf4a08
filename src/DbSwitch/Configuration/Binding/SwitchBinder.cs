using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Binding;

/// <summary>One entry of <c>switches</c>, with its targets.</summary>
internal static class SwitchBinder
{
    private static readonly Func<string, Converted<TimeSpan>> Hold = Durations.Between(TimeSpan.Zero, TimeSpan.FromSeconds(60));
    private static readonly Func<string, Converted<TimeSpan>> Grace = Durations.Between(TimeSpan.Zero, TimeSpan.FromSeconds(10));
    private static readonly Func<string, Converted<TimeSpan>> Drain = Durations.Between(TimeSpan.Zero, TimeSpan.FromHours(1));

    private static readonly Func<string, Converted<TimeSpan>> Settle = Durations.Between(TimeSpan.Zero, TimeSpan.FromSeconds(30));

    public static SwitchConfiguration Bind(string name, Node node, DatabaseBinders databases, Reading reading)
    {
        if (Section.Open(node, Keys.Switch(databases), reading) is not { } section)
        {
            return new SwitchConfiguration(name, "", [], new OrderedDictionary<string, TargetConfiguration>(), null);
        }

        // Null for a kind whose section is not there.
        var known = databases.All.ToDictionary(b => b.Kind, b => b.Keys is null ? b.Bind(null, reading) : section.OptionalSection(b.Kind, b.Keys) is { } inner ? b.Bind(inner, reading) : null);
        var bound = new SwitchConfiguration(
            name,
            section.Required("backend", Names.Backend, ""),
            section.RequiredList("proxies"),
            section.RequiredNames("targets", 1, Names.FindTargetProblem, (target, node) => BindTarget(target, node, databases, known, reading)) ?? [],
            section.OptionalOrNull("initial", Names.Reference));
        return bound with
        {
            Hold = section.Optional("hold", Hold, bound.Hold),
            Grace = section.Optional("grace", Grace, bound.Grace),
            Drain = section.Optional("drain", Drain, bound.Drain),
            Settle = section.Optional("settle", Settle, bound.Settle),
            Gates = [.. section.OptionalNames("gates", Names.FindProblem, (gate, node) => GateBinder.Bind(gate, node, reading)).Values.OfType<GateConfiguration>()],
        };
    }

    private static TargetConfiguration BindTarget(string name, Node node, DatabaseBinders databases, Dictionary<string, DatabaseConfiguration?> known, Reading reading)
    {
        // Port 0 stands for an address that couldn't be read; the checks leave it alone.
        var unread = new HostPort("", 0);
        var section = Section.Open(node, Keys.Target, reading);
        var target = new TargetConfiguration(name, section?.Required("address", Addresses.Target, unread) ?? unread);
        var kind = section?.Optional("kind", text => Kind(text, databases.Kinds), databases.Kinds[0]) ?? databases.Kinds[0];
        if (known[kind] is { } database)
        {
            return target with { Database = database };
        }

        reading.Problems.Add(node, $"is of kind {kind}, and its switch has no \"{kind}\" section that says as whom to ask it");
        return target;
    }

    private static Converted<string> Kind(string text, IReadOnlyList<string> kinds) => kinds.Contains(text)
        ? text
        : new Wrong($"is no kind of database; known: {string.Join(", ", kinds)}{Suggestion.For(text, kinds)}");
}
