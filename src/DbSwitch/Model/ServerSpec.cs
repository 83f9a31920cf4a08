using System.Net;

namespace DbSwitch.Model;

/// <summary>The server that stands for a target in a backend: we know it by this name and this address, both.</summary>
/// <param name="Name">As HAProxy knows it.</param>
/// <param name="Address">An IP address: names are resolved by us, since HAProxy doesn't for servers that are added at run time.</param>
public sealed record ServerSpec(string Name, IPEndPoint Address);
