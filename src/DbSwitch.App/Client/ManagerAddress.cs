using DbSwitch.App.ExitCodes;
using DbSwitch.Configuration.Loading;

namespace DbSwitch.App.Client;

/// <summary>Where the manager listens: <c>unix:/path</c> or <c>http://host:port</c>.</summary>
internal sealed record ManagerAddress(string Text, string? SocketPath, Uri Base)
{
    public static readonly string[] UsualFiles = ["./dbswitch.yaml", "/etc/dbswitch/dbswitch.yaml"];

    /// <summary>Finds it by, in this order: <c>--server</c>, <c>DBSWITCH_SERVER</c>, <c>--config</c>, the running demo of this checkout, <c>./dbswitch.yaml</c>, <c>/etc/dbswitch/dbswitch.yaml</c>.</summary>
    /// <exception cref="CommandException">None of them says where.</exception>
    public static ManagerAddress Find(string? server, string? configurationFile)
    {
        if (server is not null)
        {
            return Parse(server, "--server");
        }

        if (Environment.GetEnvironmentVariable("DBSWITCH_SERVER") is { Length: > 0 } variable)
        {
            return Parse(variable, "DBSWITCH_SERVER");
        }

        return configurationFile is not null ? OfFile(configurationFile)
            : RunningDemo() is { } demo ? demo
            : UsualFiles.FirstOrDefault(File.Exists) is { } usual ? OfFile(usual)
            : throw new CommandException(ExitCode.Usage, "Which manager? There is no ./dbswitch.yaml, no /etc/dbswitch/dbswitch.yaml and no running demo. Say --server unix:/path/of/its/socket, or --config FILE.");
    }

    private static ManagerAddress OfFile(string file) =>
        ConfigurationFile.LoadListening(file, Environment.GetEnvironmentVariable, out var problems) is { } listen ? OfSocket(listen.UnixSocket) : throw CommandException.Of(problems);

    private static ManagerAddress? RunningDemo() => DemoMarker.Read() is { } demo && File.Exists(demo.Socket) ? OfSocket(demo.Socket) : null;

    private static ManagerAddress Parse(string text, string origin) =>
        text.StartsWith("unix:/", StringComparison.Ordinal) ? OfSocket(text["unix:".Length..])
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? new ManagerAddress(text, null, uri)
        : throw new CommandException(ExitCode.Usage, $"{origin}: \"{text}\" is neither unix:/path nor http://host:port.");

    public static ManagerAddress OfSocket(string path) => new("unix:" + path, path, new Uri("http://localhost"));
}
