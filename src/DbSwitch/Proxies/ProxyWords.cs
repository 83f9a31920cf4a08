namespace DbSwitch.Proxies;

/// <summary>What <c>doctor</c> and <c>status</c> say of a proxy in the same words.</summary>
public static class ProxyWords
{
    public const string MemoryFix = "let DBSWITCH_GENERATIONS be a file in a folder that HAProxy's user may write to, as the worker sees it: below a chroot without the chroot's own path (docs/companion.md, With chroot)";

    /// <param name="why">As the companion script says it.</param>
    public static string ForgetsGenerations(string why) => $"the companion script can't write its file of generations ({why}), so a restart of HAProxy forgets the highest generation";
}
