using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>One channel over which a replica gets its data, as its server shows it.</summary>
/// <param name="Channel">Its name; empty for the one that has none.</param>
/// <param name="Receives">As the server has it: Yes, No, Connecting.</param>
/// <param name="Applies">Yes or No.</param>
public sealed record MySqlUpstream(string Channel, string Host, int Port, string Receives, string Applies)
{
    /// <summary>The source's server_uuid (MySQL); empty while it was never connected.</summary>
    public string SourceUuid { get; init; } = "";

    /// <summary>The source's server_id; 0 while it was never connected.</summary>
    public long SourceId { get; init; }

    /// <summary>By which it connects.</summary>
    public string User { get; init; } = "";

    /// <summary>What the server calls seconds behind: 0 also with a primary that hangs. Null where it does not apply.</summary>
    public TimeSpan? Behind { get; init; }

    /// <summary>How long it keeps transactions back on purpose.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether it asks for what it lacks by identifiers, not by a file and a position.</summary>
    public bool UsesGtid { get; init; }

    /// <summary>What it leaves out, as in "Replicate_Do_DB=orders"; empty for nothing.</summary>
    public string Filters { get; init; } = "";

    /// <summary>What stopped it; empty for nothing.</summary>
    public string Error { get; init; } = "";

    /// <summary>What it has received, as identifiers.</summary>
    public string Received { get; init; } = "";

    /// <summary>How its connection is protected, as the server shows it: column and value.</summary>
    public IReadOnlyDictionary<string, string> Tls { get; init; } = new Dictionary<string, string>();

    public bool Streams => Receives == "Yes" && Applies == "Yes";

    public string Says => string.Create(CultureInfo.InvariantCulture, $"receives: {Receives}, applies: {Applies}{(Error.Length > 0 ? $", {Error}" : "")}");
}
