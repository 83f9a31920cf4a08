using System.Net;

namespace DbSwitch.Proxies;

/// <summary>What one server of a backend has to do now, as its proxy counts it. For people to look at: nothing is decided by it, since counters prove nothing.</summary>
/// <param name="Address">Where it is; null where the answer does not tell.</param>
/// <param name="Sessions">Open ones, of the process that takes clients.</param>
/// <param name="NewPerSecond">Begun in the last second.</param>
public sealed record ServerLoad(string Server, IPEndPoint? Address, long Sessions, long NewPerSecond);
