namespace DbSwitch.Tests.Stage;

/// <summary>What a test wants to have in <c>dbswitch.yaml</c>; the rest is in the test's own folder.</summary>
internal sealed record ManagerConfiguration
{
    public string? State { get; init; }

    public string? Socket { get; init; }

    public int? Http { get; init; }

    public string HttpAddress { get; init; } = "127.0.0.1";

    /// <summary>More lines below <c>listen:</c>.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>A collector's address.</summary>
    public string? Otlp { get; init; }

    /// <summary>Name to what follows the colon: <c>{ api: "unix:/…" }</c>.</summary>
    public IReadOnlyDictionary<string, string> Proxies { get; init; } = new Dictionary<string, string>();

    /// <summary>More sections of the file, line by line.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    public IReadOnlyDictionary<string, SwitchText> Switches { get; init; } = new Dictionary<string, SwitchText>();

    public ManagerConfiguration With(string name, SwitchText one) => this with { Switches = new Dictionary<string, SwitchText>(Switches) { [name] = one } };

    public string Text(string folder) => string.Join('\n',
    [
        $"state: {State ?? Path.Combine(folder, "state.db")}",
        "listen:",
        $"  unix: {Socket ?? Path.Combine(folder, "dbswitch.sock")}",
        .. Http is { } port ? (string[])[$"  http: {HttpAddress}:{port}"] : [],
        .. Listen.Select(l => "  " + l),
        .. Otlp is { } otlp ? (string[])["telemetry:", $"  otlp: {otlp}"] : [],
        "proxies:",
        .. Proxies.Select(p => $"  {p.Key}: {p.Value}"),
        "switches:",
        .. Switches.SelectMany(s => s.Value.Lines(s.Key)),
        .. More,
        "",
    ]);
}
