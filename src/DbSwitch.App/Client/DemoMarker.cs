using System.Text.Json;
using System.Text.Json.Serialization;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.Client;

/// <summary>
/// What the running demo of a checkout says of itself, in <c>.demo/running.json</c>: the command line of that checkout finds the manager by it, and the next demo
/// what one that was killed left behind.
/// </summary>
/// <param name="Socket">The manager's; its directory is the demo's own.</param>
/// <param name="Pid">The demo itself.</param>
/// <param name="Parts">The processes that it has started.</param>
internal sealed record DemoMarker(string Socket, int Pid, IReadOnlyList<ProcessIdentity> Parts)
{
    /// <summary>Null when the executable was not started from a checkout.</summary>
    public static string? Path =>
        Environment.GetEnvironmentVariable("DBSWITCH_CHECKOUT") is { Length: > 0 } checkout ? System.IO.Path.Combine(checkout, ".demo", "running.json") : null;

    /// <summary>Null when there is none, or none that can be read.</summary>
    public static DemoMarker? Read()
    {
        try
        {
            return Path is { } path && File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), DemoMarkerJson.Default.DemoMarker) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>In one step: a reader sees the old one or the new one, never a part.</summary>
    public void Write()
    {
        if (Path is { } path)
        {
            File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(this, DemoMarkerJson.Default.DemoMarker));
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DemoMarker))]
internal sealed partial class DemoMarkerJson : JsonSerializerContext;
