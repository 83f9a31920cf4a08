using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Identity;

public enum HostState
{
    /// <summary>HAProxy is being started, or has not answered yet.</summary>
    [JsonStringEnumMemberName("starting")] Starting,

    /// <summary>HAProxy answers on its admin socket.</summary>
    [JsonStringEnumMemberName("running")] Running,

    /// <summary>HAProxy ended by itself; the next attempt follows.</summary>
    [JsonStringEnumMemberName("backing-off")] BackingOff,

    /// <summary>The host has given up and ended; the reason says why.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>What a proxy host says of itself, in host.json: kept current, and whole at every moment.</summary>
/// <param name="Host">The host's own process.</param>
public sealed record HostStatus(
    string Name,
    HostState State,
    ProcessIdentity Host,
    string AdminSocket,
    string MasterSocket,
    string LogFile)
{
    /// <summary>Why it is backing off or failed; otherwise null.</summary>
    public string? Reason { get; init; }

    /// <summary>SHA-256 of the haproxy.cfg that HAProxy runs with, or null before there is one.</summary>
    public string? ConfigurationHash { get; init; }

    /// <summary>The addresses that HAProxy serves, with the number under which it inherited each socket.</summary>
    public IReadOnlyList<ListeningAddress> Listening { get; init; } = [];

    public HaproxyStatus? Haproxy { get; init; }

    /// <summary>Why clients are refused, instead of waiting, while HAProxy is down: its sockets could not be copied from it. Null: they wait.</summary>
    public string? CrashCoverOff { get; init; }

    /// <summary>Workers left over from reloads, which still have sessions.</summary>
    public IReadOnlyList<OldWorker> OldWorkers { get; init; } = [];

    /// <summary>Lines of HAProxy's log that this host left out, since more came than are worth keeping.</summary>
    public long LogLinesLeftOut { get; init; }

    /// <summary>Lines that HAProxy could not even send, since this host did not read them in time (<c>DroppedLogs</c> of <c>show info</c>).</summary>
    public long LogLinesLostByHaproxy { get; init; }

    /// <summary>How often this host had to start HAProxy again.</summary>
    public int Restarts { get; init; }

    /// <summary>How often the configuration was begun to be read again (SIGHUP).</summary>
    public int Reloads { get; init; }

    /// <summary>What came of the latest of them that has ended; null before the first.</summary>
    public ReloadEnd? Reload { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Reads host.json; null when there is none.</summary>
    public static HostStatus? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), HostStatusJson.Readable.HostStatus);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes host.json in one step: a reader sees the old one or the new one, never a part.</summary>
    public void Write(string file)
    {
        var temporary = file + ".tmp";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(this, HostStatusJson.Readable.HostStatus));
        File.Move(temporary, file, overwrite: true);
    }
}

/// <param name="Address">As in the configuration.</param>
/// <param name="Descriptor">HAProxy's number for the socket: <c>bind fd@N</c>.</param>
public sealed record ListeningAddress(string Address, int Descriptor);

/// <param name="Master">HAProxy's master process, or null while there is none.</param>
/// <param name="Stamp">Tells the executable's file from one that takes its place later.</param>
public sealed record HaproxyStatus(string Executable, string Version, ProcessIdentity? Master, string? Stamp = null);

/// <summary>What came of reading the configuration again.</summary>
/// <param name="Number">Of this host's, counted from 1.</param>
/// <param name="Refused">Whether it was refused: HAProxy then runs on with the old one.</param>
/// <param name="Words">What was done, or why it was refused; without the proxy's name and the full stop.</param>
public sealed record ReloadEnd(int Number, bool Refused, string Words);

/// <param name="Since">When it was first seen to be one.</param>
public sealed record OldWorker(int Pid, DateTimeOffset Since);

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(HostStatus))]
internal sealed partial class HostStatusJson : JsonSerializerContext
{
    /// <summary>People read this file too: indented, and a quotation mark stays one.</summary>
    public static HostStatusJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
