using System.Globalization;
using DbSwitch.Model;

namespace DbSwitch.App.Demo.Parts;

/// <summary>One of the demo's databases: an echo server.</summary>
internal sealed record Database(string Name, int Port)
{
    /// <summary>What it puts before its answers, as in the seed: <c>backend-db1 at 8310:</c>.</summary>
    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"{Name} at {Port}:");

    /// <summary>Its server in HAProxy: <c>backend_db1_8310</c>.</summary>
    public string Server => ServerNames.For(Name, Port);
}
