using DbSwitch.Model;

namespace DbSwitch.Keeping;

/// <summary>What one proxy's backend shall look like. A switchover is a sequence of goals, the same for all its proxies.</summary>
/// <param name="Number">Grows with every new goal of a switch, so that a result can be told from one that was made for an earlier goal.</param>
/// <param name="Server">The one server that shall be present; null for none.</param>
/// <param name="MayBeReady">Whether that server may take clients; false while a switchover fences, when it is only prepared, in maintenance.</param>
/// <param name="Undetermined">A server name that is left as it is: the selected target's, while its address is not known (what can't be proven is not assumed).</param>
public sealed record Goal(long Number, ServerSpec? Server, bool MayBeReady, string? Undetermined = null)
{
    /// <summary>The generation in whose name it is kept. A companion script that has heard of a higher one means that somebody knows better than we do.</summary>
    public long Generation { get; init; }

    /// <summary>How long a new connection may wait while no server is usable; null leaves the companion script as it is.</summary>
    public TimeSpan? Hold { get; init; }

    /// <summary>New connections to the server are made to wait, and its open sessions go on: it is in maintenance, and nothing of it is cut.</summary>
    public bool Held { get; init; }

    /// <summary>How long sessions of a server that was put to maintenance may end by themselves before the rest is cut.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>Whether sessions are read although nothing needs them: a guard finds out beforehand that they can be.</summary>
    public bool ReadsSessions { get; init; }

    /// <summary>Clients are given back what they had before: a process left over from a reload that can't be asked does not keep the server from becoming ready again.</summary>
    public bool Restores { get; init; }

    /// <summary>Nothing is in force yet: keepers look, and change nothing.</summary>
    public bool OnlyLooks { get; init; }

    /// <summary>Whether fenced servers are deleted: never in the middle of a switchover, whose rollback needs them.</summary>
    public bool DeletesLeftovers { get; init; } = true;
}
