namespace DbSwitch.App.Demo.Parts;

/// <summary>What stands behind the demo's targets, and who asks them: echo servers, or PostgreSQL.</summary>
internal interface IDemoDatabases
{
    /// <summary>Lines of the demo's switch in dbswitch.yaml: what holds for all targets, each indented by four.</summary>
    string Settings { get; }

    /// <summary>As targets have it.</summary>
    string Kind { get; }

    /// <summary>Before its server is started: whatever it needs. In the order of the databases.</summary>
    /// <exception cref="DemoException">It can't be had.</exception>
    Task PrepareAsync(Database database, CancellationToken cancel);

    /// <summary>Until its server, which has been started, is of use.</summary>
    Task ReadyAsync(Database database, CancellationToken cancel);

    /// <summary>Our own command that is its server.</summary>
    string[] Server(Database database);

    /// <summary>Our own command that asks through HAProxy.</summary>
    string[] Client(int port, TimeSpan every);
}
