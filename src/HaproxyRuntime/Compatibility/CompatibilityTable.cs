using static HaproxyRuntime.HaproxyFeature;

namespace HaproxyRuntime;

/// <summary>
/// Which version of HAProxy has what. From the sources of 2.4.0 to 3.4.0, the stable branches' changelogs, and measurements on 2.6.12, 3.0.11 and 3.2.26. A range goes from
/// its first version to the one that is first without; a branch that ended before the fix came is in the range to its end.
/// </summary>
internal static class CompatibilityTable
{
    private const string DeleteRace = "\"del server\" can crash this version: it frees a server that streams or other threads still look at (HAProxy's issue 2733).";
    private const string MaxconnDeadlock = "Raising a frontend's maxconn again deadlocks this version when clients were held by it, and its watchdog kills the process (HAProxy's issue 2726).";
    private const string LeastconnCorruption = "A server that is made ready and put to maintenance a few times corrupts the queue of \"balance leastconn\" in this version, and the process aborts (HAProxy's issue 3360).";
    private const string RoundrobinQueue = "A client that comes while a server is made ready may be put into the backend's queue by \"balance roundrobin\" in this version, and with it all that come behind it, until \"timeout queue\": a server without a maxconn takes nobody out of there.";
    private const string Zombies = "A session that is ended while it connects can become one that nothing ends any more in this version: end only established ones.";
    private const string NeverEnabled = "This version takes the keyword \"enabled\" and gives the server no traffic until it is disabled and enabled again.";
    private const string Ignored = "This version takes the keyword \"enabled\" and ignores it.";
    private const string LostCommands = "This version may forget the rest of a line when its client has closed before reading the answers.";

    private static readonly Dictionary<HaproxyFeature, CompatibilityRow> s_rows = new CompatibilityRow[]
    {
        new(AddServer, "\"add server\"", Experimental("2.4", "2.6"), Has("2.6")),
        new(AddServerChecks, "checks of servers that are added at run time", Has("2.5")),
        new(AddServerTls, "TLS for servers that are added at run time", Has("2.5")),
        new(AddServerInitialState, "\"init-state\"", Has("3.1")),
        new(AddServerEnabled, "the keyword \"enabled\" of \"add server\"",
            Dangerous("2.4", "2.6.17", NeverEnabled), Dangerous("2.6.17", "2.7", Ignored), Dangerous("2.7", "2.8.8", NeverEnabled), Dangerous("2.8.8", "3.0", Ignored)),
        new(AddServerHelp, "\"add server help\"", Has("3.2")),

        new(DeleteServer, "\"del server\"", Experimental("2.4", "2.6"), Has("2.6"),
            Dangerous("2.4", "2.6.20", DeleteRace), Dangerous("2.7", "2.8.12", DeleteRace), Dangerous("2.9", "2.9.13", DeleteRace), Dangerous("3.0", "3.0.6", DeleteRace)),
        new(DeleteConfiguredServer, "\"del server\" for servers of the configuration file", Experimental("2.5", "2.6"), Has("2.6")),
        new(DeleteServerClosesIdle, "a \"del server\" that closes idle connections itself", Has("3.0", "3.3")),

        new(Wait, "\"wait\"", Has("3.0")),
        new(WaitReason, "a reason in the answer of \"wait\"", Has("3.3")),
        new(WaitBackendRemovable, "\"wait … be-removable\"", Has("3.4")),

        new(DynamicBackends, "backends that are added and deleted at run time", Experimental("3.4")),
        new(SetFrontendMaxconn, "\"set maxconn frontend\"", Has("1.5"),
            Dangerous("2.4", "2.4.28", MaxconnDeadlock), Dangerous("2.5", "2.6", MaxconnDeadlock), Dangerous("2.6.6", "2.6.20", MaxconnDeadlock),
            Dangerous("2.7", "2.8.12", MaxconnDeadlock), Dangerous("2.9", "2.9.13", MaxconnDeadlock), Dangerous("3.0", "3.0.6", MaxconnDeadlock)),
        new(LeastconnStateChanges, "state changes of servers in a backend with \"balance leastconn\"", Has("1.4"),
            Dangerous("3.2.6", "3.2.26", LeastconnCorruption), Dangerous("3.3", "3.4", LeastconnCorruption)),
        // Measured on 3.0.11 and 3.2.26 (2.6.12 is free of it). Since "queues: Do not use pendconn_grab_from_px()", which the changelogs have in these; no fix is known.
        new(RoundrobinStateChanges, "state changes of servers in a backend with \"balance roundrobin\"", Has("1.4"),
            Dangerous("2.6.21", "2.7", RoundrobinQueue), Dangerous("2.8.14", "2.9", RoundrobinQueue), Dangerous("2.9.14", "3.0", RoundrobinQueue), Dangerous("3.0.8", null, RoundrobinQueue)),
        new(ShutdownWhileConnecting, "the end of sessions that still connect", Has("1.4"), Dangerous("3.0", "3.2", Zombies)),
        new(ImmediateAddressChange, "an address that is in effect when \"set server … addr\" is answered", Has("1.7", "2.9")),

        new(ShowVersion, "\"show version\"", Has("2.6")),
        new(ShowSessionsOlder, "\"show sess older\"", Has("2.9")),
        new(ShowSessionsFilters, "the filters of \"show sess\" by server and backend", Has("3.2")),
        new(ShowServersConnServed, "the columns \"served\" and \"idle_sess\" of \"show servers conn\"", Has("3.4")),

        new(EmptyLineEndsAnswer, "the empty line at the end of every answer", Has("2.4.27", "2.5"), Has("2.6.18", "2.7"), Has("2.8.6", "2.9"), Has("3.0")),
        new(PromptVariants, "the variants of \"prompt\"", Has("3.2")),
        new(SendAndClose, "a client that may close without reading", Has("1.4"), Dangerous("3.0", "3.3", LostCommands)),
        new(TooManyWordsRefused, "the refusal of lines that are cut after 64 words", Has("3.2")),

        new(MasterReloadResult, "a result of the master's \"reload\"", Has("2.7")),
    }.ToDictionary(row => row.Feature);

    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public static CompatibilityRow Of(HaproxyFeature feature) => s_rows.GetValueOrDefault(feature) ?? throw new ArgumentOutOfRangeException(nameof(feature));

    private static CompatibilitySpell Has(string from, string? before = null) => Spell(FeatureState.Available, from, before);

    private static CompatibilitySpell Experimental(string from, string? before = null) =>
        Spell(FeatureState.Experimental, from, before, "It is experimental in this version, and only to be had after \"experimental-mode on\".");

    private static CompatibilitySpell Dangerous(string from, string? before, string why) => Spell(FeatureState.Dangerous, from, before, why);

    private static CompatibilitySpell Spell(FeatureState state, string from, string? before, string reason = "") =>
        new(state, HaproxyVersion.Parse(from), before is null ? null : HaproxyVersion.Parse(before), reason);
}
