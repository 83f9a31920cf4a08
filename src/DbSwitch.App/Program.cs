// A minimal dispatch, so that the proxy host can be tried before the command line is there; it is replaced by it.
using DbSwitch.App.ProxyHost;
using DbSwitch.Configuration;
using HaproxyRuntime;

if (args is not ["proxy-host", var name, "--config", var path, ..])
{
    await Console.Error.WriteLineAsync("usage: dbswitch proxy-host NAME --config FILE [--detached] [--print-log]");
    return 2;
}

try
{
    var (first, runDirectory) = Read();
    var options = new ProxyHostOptions { RunDirectory = runDirectory, Detached = args.Contains("--detached"), PrintLog = args.Contains("--print-log"), Reread = () => Read().Plan };
    return await ProxyHostProgram.RunAsync(first, options, CancellationToken.None);
}
catch (Exception e) when (e is ProxyHostException or IOException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

(ProxyHostPlan Plan, string RunDirectory) Read()
{
    var root = new YamlDotNet.Serialization.Deserializer().Deserialize<Dictionary<string, object>>(File.ReadAllText(path));
    var managed = Map(Map(Map(root["proxies"])[name])["managed"]);
    var proxy = new ManagedProxyConfiguration(
        name,
        Map(managed["frontends"]).ToDictionary(pair => pair.Key, pair => Address(pair.Value)),
        managed.TryGetValue("statistics", out var statistics) ? Address(statistics) : null,
        managed.TryGetValue("api", out var api) ? Address(api) : null,
        managed.TryGetValue("haproxy", out var binary) ? (string)binary : "haproxy",
        managed.TryGetValue("maxconn", out var maxconn) ? int.Parse((string)maxconn, System.Globalization.CultureInfo.InvariantCulture) : 2000,
        new ProxyTimeouts(),
        managed.TryGetValue("extra", out var extra) ? (string)extra : null);
    var switches = Map(root["switches"]).ToDictionary(
        pair => pair.Key,
        pair => new SwitchConfiguration(pair.Key, (string)Map(pair.Value)["backend"], [name], new Dictionary<string, TargetConfiguration>(), null));
    return (new ProxyHostPlan(proxy, switches), Path.GetDirectoryName((string)Map(root["listen"])["unix"])!);
}

static Dictionary<string, object> Map(object value) => ((Dictionary<object, object>)value).ToDictionary(pair => (string)pair.Key, pair => pair.Value);

static HostPort Address(object value) => HostPort.TryParse((string)value, out var address, out var problem) ? address : throw new ProxyHostException($"\"{value}\" {problem}.");
