using System.Net;
using HaproxyRuntime;

namespace DbSwitch.Simulation.Proxies;

/// <summary>A server of a simulated HAProxy process, with its streams.</summary>
internal sealed class SimServer(int id, string name, IPEndPoint address, TimeSpan changed)
{
    public int Id { get; } = id;

    public string Name { get; } = name;

    public IPEndPoint Address { get; set; } = address;

    /// <summary>From 2.9 on another address is applied a moment after it was told.</summary>
    public IPEndPoint? NextAddress { get; set; }

    public bool InMaintenance { get; private set; } = true;

    public TimeSpan Changed { get; private set; } = changed;

    public List<SimStream> Streams { get; } = [];

    public void Put(bool inMaintenance, TimeSpan now)
    {
        if (InMaintenance != inMaintenance)
        {
            (InMaintenance, Changed) = (inMaintenance, now);
        }
    }
}

/// <param name="Database">Where it is connected to, or is going to be: another address of its server does not change that.</param>
internal sealed record SimStream(int Id, ServerSideState State, IPEndPoint Database)
{
    /// <summary>It was told to end, which takes a moment.</summary>
    public bool Ends { get; init; }
}
