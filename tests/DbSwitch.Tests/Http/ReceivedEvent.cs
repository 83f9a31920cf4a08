using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <param name="Id">As sent; null where it had none.</param>
/// <param name="At">When its last line had come (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>).</param>
internal sealed record ReceivedEvent(string? Id, string Kind, string Data, long At)
{
    public JsonElement Json => JsonDocument.Parse(Data).RootElement;

    /// <summary>The target of a <c>switch</c> event.</summary>
    public string? Target => Json.GetProperty("selection").GetProperty("target").GetString();
}
