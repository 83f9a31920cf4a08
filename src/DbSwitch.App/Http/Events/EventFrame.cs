using System.Text;

namespace DbSwitch.App.Http.Events;

/// <summary>One event as it goes over the wire, made once for all listeners (HTML Living Standard, 9.2 "Server-sent events").</summary>
internal static class EventFrame
{
    /// <summary>Tells the other side that both are there, and a proxy in between that the connection is used.</summary>
    public static readonly ReadOnlyMemory<byte> Beat = ":\n\n"u8.ToArray();

    /// <summary>The first bytes of every answer: how soon to come back when it ends.</summary>
    public static readonly ReadOnlyMemory<byte> Greeting = "retry: 1000\n\n"u8.ToArray();

    /// <param name="id">Null where a listener must not take it for the place to go on from.</param>
    /// <param name="json">One line.</param>
    public static ReadOnlyMemory<byte> Of(string? id, string kind, ReadOnlySpan<byte> json)
    {
        var head = Encoding.UTF8.GetBytes(id is null ? $"event: {kind}\ndata: " : $"id: {id}\nevent: {kind}\ndata: ");
        return (byte[])[.. head, .. json, .. "\n\n"u8];
    }
}
