using System.Globalization;

namespace DbSwitch.Model;

/// <summary>What a target's server is called in HAProxy: <c>backend-db1</c> at port 8310 is <c>backend_db1_8310</c>, the form that people type into the Runtime API by hand.</summary>
public static class ServerNames
{
    /// <param name="target">The target's name.</param>
    /// <param name="port">The port in use, which a new configuration may have changed.</param>
    public static string For(string target, int port) => string.Create(CultureInfo.InvariantCulture, $"{target.Replace('-', '_')}_{port}");
}
