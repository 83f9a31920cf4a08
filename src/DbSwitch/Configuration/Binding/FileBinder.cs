using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Binding;

/// <summary>The file as a whole. A part that was refused is empty in what comes back; the problem list says so.</summary>
internal static class FileBinder
{
    public const string DefaultState = "/var/lib/dbswitch/state.db";

    public static DbSwitchConfiguration Bind(MapNode root, DatabaseBinders databases, Reading reading)
    {
        var section = new Section(root, Keys.File, reading);
        var state = section.Optional("state", Paths.FileIn(reading.Folder), DefaultState);
        var proxies = section.RequiredNames("proxies", 1, Names.FindProblem, (name, node) => ProxyBinder.Bind(name, node, reading));
        var switches = section.RequiredNames("switches", 1, Names.FindProblem, (name, node) => SwitchBinder.Bind(name, node, databases, reading));
        return new DbSwitchConfiguration(
            reading.File,
            state,
            BindListening(root, reading),
            proxies ?? [],
            switches ?? [])
        {
            Webhooks = section.OptionalNames("webhooks", Names.FindProblem, (name, node) => NoticeBinder.BindWebhook(name, node, reading)),
            Hooks = section.OptionalNames("hooks", Names.FindProblem, (name, node) => NoticeBinder.BindHook(name, node, reading)),
            OtlpEndpoint = section.OptionalSection("telemetry", Keys.Telemetry)?.OptionalOrNull("otlp", Addresses.Collector),
        };
    }

    public static ListenConfiguration BindListening(MapNode root, Reading reading)
    {
        if (root.Entries.FirstOrDefault(e => e.Key == "listen")?.Value is not { } node || Section.Open(node, Keys.Listen, reading) is not { } listen)
        {
            return new ListenConfiguration(ListenConfiguration.DefaultSocket, null);
        }

        var file = Paths.FileIn(reading.Folder);
        return new ListenConfiguration(listen.Optional("unix", Paths.SocketIn(reading.Folder), ListenConfiguration.DefaultSocket), listen.OptionalOrNull("http", Addresses.Listening))
        {
            Everybody = listen.Optional("everybody", AnonymousAccess.Read, null),
            TokenFile = listen.OptionalOrNull("tokens", file),
            Tls = listen.OptionalSection("tls", Keys.Tls) is { } tls
                ? new TlsConfiguration(tls.Required("certificate", file, ""), tls.Required("key", file, ""), tls.OptionalOrNull("clientCa", file))
                : null,
            Names = listen.Has("names") ? listen.RequiredList("names") : [],
        };
    }
}
