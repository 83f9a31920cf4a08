namespace HaproxyRuntime;

/// <summary>Deadlines and limits of a connection to a Runtime API.</summary>
public sealed record RuntimeOptions
{
    /// <summary>How long connecting may take. Default 2 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one command's answer may take to be complete. Default 2 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest answer that is read, in bytes. Default 64 MiB: <c>show sess</c> of some 150,000 sessions.</summary>
    public int MaximumAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Sends also what this version of HAProxy lacks or is harmed by. Default false: such a command is refused before it is sent, by what <see cref="HaproxyCapabilities"/>
    /// knows, raw ones too where their words are recognised. For those who know better, such as with a package into which a fix was taken without a new version.
    /// </summary>
    public bool IgnoreCompatibility { get; init; }

    /// <summary>The clock of all deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How a connection is made, or a <see cref="System.Net.Sockets.SocketException"/> thrown, when not by a socket; null for a socket. The simulation's way in.</summary>
    internal Func<RuntimeEndpoint, CancellationToken, Task<Connection>>? Connect { get; init; }
}
