using System.Net;
using DbSwitch.Model;

namespace DbSwitch.Keeping;

/// <summary>One thing to do in one proxy.</summary>
/// <param name="Server">The server that it is about; empty when it is about the whole backend.</param>
public abstract record Step(string Server)
{
    /// <summary>No new clients for it.</summary>
    public sealed record Maintain(string Server) : Step(Server);

    /// <summary>End its sessions: all of them, or only these where cutting the others does harm.</summary>
    /// <param name="Sessions">How many.</param>
    public sealed record Cut(string Server, int Sessions, IReadOnlyList<string>? OnlySessions = null) : Step(Server);

    /// <summary>Make it present, in maintenance.</summary>
    public sealed record Add(ServerSpec Spec) : Step(Spec.Name);

    /// <summary>Give it another address. Only for a server that is fenced.</summary>
    public sealed record SetAddress(string Server, IPEndPoint Address) : Step(Server);

    /// <summary>Let clients in. The step that all the others protect.</summary>
    public sealed record MakeReady(string Server) : Step(Server);

    /// <summary>Forget it. Only for a server that is fenced.</summary>
    public sealed record Delete(string Server) : Step(Server);

    /// <summary>Ask its agent no more: one that says "ready" would take it out of maintenance, and one that says "down" would keep clients from the selected one.</summary>
    public sealed record DisableAgent(string Server) : Step(Server);

    /// <summary>Undo what somebody set by hand, and what keeps clients from the selected server: a weight of 0.</summary>
    public sealed record Weigh(string Server, int Configured) : Step(Server);

    /// <summary>Undo what somebody set by hand, or what an agent has said: down, or stopping. Only for a server without a health check, which would know better.</summary>
    public sealed record Raise(string Server) : Step(Server);

    /// <summary>No new clients for it, in a process that a reload has left over.</summary>
    public sealed record MaintainInOldWorker(string Server, int Pid) : Step(Server);

    /// <summary>End its sessions in a process that a reload has left over.</summary>
    public sealed record CutInOldWorker(string Server, int Pid, IReadOnlyList<string> Sessions) : Step(Server);

    /// <summary>Have the companion script refuse whoever comes with a lower generation.</summary>
    public sealed record TellGeneration(long Generation) : Step("");

    /// <summary>Tell the companion script how long new connections may wait.</summary>
    public sealed record TellHold(TimeSpan Hold) : Step("");
}
