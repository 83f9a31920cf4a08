using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;

namespace DbSwitch.Databases.Tcp;

/// <summary>It needs nothing but a target's address.</summary>
internal sealed class TcpBinder : IDatabaseBinder
{
    public string Kind => "tcp";

    public KeySet? Keys => null;

    public DatabaseConfiguration Bind(Section? section, Reading reading) => new TcpDatabase();
}
