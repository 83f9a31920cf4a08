using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Binding;

/// <summary>The keys that one kind of map has.</summary>
/// <param name="Place">Where such a map is, with the word NAME where a name of the user's stands; empty for the whole file.</param>
/// <param name="Texts">Keys of text, address or path: each may also be written as <c>KEY_file</c>.</param>
/// <param name="Others">Keys of numbers, durations, maps and lists.</param>
internal sealed record KeySet(string Place, string[] Texts, string[] Others)
{
    public const string FileSuffix = "_file";

    public IEnumerable<string> Names => Texts.Concat(Others);

    /// <summary>What is written there must not turn up in a message.</summary>
    public static bool IsSecret(NodePath path) => path.ToString() is var text
        && (HasKey(text, ".password") || HasKey(text, "_password") || HasKey(text, ".secret") || (text.StartsWith("webhooks.", StringComparison.Ordinal) && HasKey(text, ".url")));

    private static bool HasKey(string path, string key) => path.EndsWith(key, StringComparison.Ordinal) || path.EndsWith(key + FileSuffix, StringComparison.Ordinal);

    public bool Knows(string key) => Names.Contains(key) || Texts.Any(text => key == text + FileSuffix);
}

/// <summary>Every key of the configuration file; the reference in docs/configuration.md is tested against it.</summary>
internal static class Keys
{
    public static readonly KeySet File = new("", ["state"], ["listen", "telemetry", "proxies", "switches", "webhooks", "hooks"]);

    public static readonly KeySet Listen = new("listen", ["unix", "http", "everybody", "tokens"], ["tls", "names"]);

    public static readonly KeySet Tls = new("listen.tls", ["certificate", "key", "clientCa"], []);

    public static readonly KeySet Telemetry = new("telemetry", ["otlp"], []);

    public static readonly KeySet Proxy = new("proxies.NAME", ["api", "master"], ["managed"]);

    public static readonly KeySet Managed = new("proxies.NAME.managed", ["statistics", "api", "haproxy", "extra"], ["frontends", "maxconn", "timeouts", "companion"]);

    public static readonly KeySet Timeouts = new("proxies.NAME.managed.timeouts", [], ["client", "server", "connect"]);

    public static readonly KeySet Gate = new("switches.NAME.gates.NAME", ["pgbouncer", "user", "password", "database", "ca"], ["tls", "pause", "kill"]);

    public static readonly KeySet Target = new("switches.NAME.targets.NAME", ["address"], ["kind"]);

    public static readonly KeySet Webhook = new("webhooks.NAME", ["url", "secret"], ["events", "timeout"]);

    public static readonly KeySet Hook = new("hooks.NAME", ["run"], ["events", "timeout"]);

    /// <summary>With a section for each kind of database that has one.</summary>
    public static KeySet Switch(DatabaseBinders databases) =>
        new("switches.NAME", ["backend", "initial"], ["proxies", "hold", "grace", "drain", "settle", .. databases.All.Where(b => b.Keys is not null).Select(b => b.Kind), "gates", "targets"]);

    public static IReadOnlyList<KeySet> All(DatabaseBinders databases) =>
        [File, Listen, Tls, Telemetry, Proxy, Managed, Timeouts, Switch(databases), .. databases.All.Select(b => b.Keys).OfType<KeySet>(), Gate, Target, Webhook, Hook];
}
