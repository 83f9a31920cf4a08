namespace DbSwitch.Tests.Stage;

/// <summary>One switch in <c>dbswitch.yaml</c>.</summary>
/// <param name="Targets">Name to address.</param>
internal sealed record SwitchText(string Backend, IReadOnlyList<string> Proxies, IReadOnlyDictionary<string, string> Targets)
{
    public string? Initial { get; init; }

    public string? Grace { get; init; }

    /// <summary>What the section <c>postgres</c> has in it: then all targets are of that kind.</summary>
    public string? Postgres { get; init; }

    /// <summary>The same for <c>redis</c>.</summary>
    public string? Redis { get; init; }

    /// <summary>The same for the section <c>mysql</c>.</summary>
    public string? MySql { get; init; }

    public SwitchText With(string target, string address) => this with { Targets = new Dictionary<string, string>(Targets) { [target] = address } };

    public SwitchText Without(string target) => this with { Targets = Targets.Where(t => t.Key != target).ToDictionary() };

    internal IEnumerable<string> Lines(string name) =>
    [
        $"  {name}:",
        $"    backend: {Backend}",
        $"    proxies: [{string.Join(", ", Proxies)}]",
        "    targets:",
        .. Targets.Select(t => $"      {t.Key}: {{ address: \"{t.Value}\"{(Postgres is not null ? ", kind: postgres" : Redis is not null ? ", kind: redis" : MySql is not null ? ", kind: mysql" : "")} }}"),
        .. Postgres is null ? (string[])[] : [$"    postgres: {{ {Postgres} }}"],
        .. Redis is null ? (string[])[] : [$"    redis: {{ {Redis} }}"],
        .. MySql is null ? (string[])[] : [$"    mysql: {{ {MySql} }}"],
        .. Grace is null ? (string[])[] : [$"    grace: {Grace}"],
        .. Initial is null ? (string[])[] : [$"    initial: {Initial}"],
    ];
}
