namespace HaproxyRuntime;

/// <summary>
/// HAProxy answers in sentences, not codes. These are those of src/server.c, cli.c, proxy.c, backend.c, stream.c, map.c, pattern.c and stick_table.c from 2.4 to 3.4. An answer may
/// carry warnings before its sentence, so each is looked for anywhere in it, and the first that is found counts.
/// </summary>
internal static class CommandSentences
{
    public static IReadOnlyList<(string Sentence, CommandOutcome Outcome)> All { get; } =
    [
        // Done.
        ("New server registered.", CommandOutcome.Registered),
        ("Server deleted.", CommandOutcome.Deleted),
        ("New backend registered", CommandOutcome.BackendRegistered),
        ("Backend deleted.", CommandOutcome.BackendDeleted),
        ("Backend published.", CommandOutcome.Published),
        ("Backend unpublished.", CommandOutcome.Unpublished),

        // Adding and deleting.
        ("Already exists a server with the same name in backend", CommandOutcome.AlreadyExists),
        ("custom id ", CommandOutcome.IdIsTaken),
        ("name is already used by other proxy", CommandOutcome.AlreadyExists),
        ("Server still has connections attached to it", CommandOutcome.StillHasConnections),
        ("Backend still has attached streams", CommandOutcome.StillHasConnections),
        ("Only servers in maintenance mode can be deleted", CommandOutcome.NotInMaintenance),
        ("Backend must be unpublished prior to its deletion", CommandOutcome.NotUnpublished),
        ("Only a backend without server can be deleted", CommandOutcome.StillHasServers),
        ("cannot be removed at runtime due to other configuration elements pointing to it", CommandOutcome.PinnedByConfiguration),
        ("Only servers added at runtime via <add server> CLI cmd can be deleted", CommandOutcome.PinnedByConfiguration),
        ("Cannot delete a listen section", CommandOutcome.PinnedByConfiguration),
        ("Cannot remove a backend with stick-table", CommandOutcome.PinnedByConfiguration),
        ("deprecated dispatch/transparent options is not supported", CommandOutcome.PinnedByConfiguration),
        ("Only TCP or HTTP proxies can be removed at runtime", CommandOutcome.PinnedByConfiguration),
        ("Backend must use a dynamic load balancing", CommandOutcome.StaticBalancing),
        ("Backend does not support dynamic servers", CommandOutcome.StaticBalancing),
        ("only accepts weights '0%' and '100%'", CommandOutcome.StaticBalancing),

        // What is not there.
        ("No such server", CommandOutcome.NoSuchServer),
        ("No such backend", CommandOutcome.NoSuchBackend),
        ("Can't find backend", CommandOutcome.NoSuchBackend),
        ("No such frontend", CommandOutcome.NoSuchFrontend),
        ("No such session", CommandOutcome.NoSuchSession),
        ("Session not found.", CommandOutcome.NoSuchSession),
        ("No such proxy.", CommandOutcome.Refused),
        ("No such table", CommandOutcome.NoSuchTable),
        ("Unknown map identifier", CommandOutcome.NoSuchMap),
        ("Unknown ACL identifier", CommandOutcome.NoSuchMap),
        ("Key not found", CommandOutcome.NoSuchKey),
        ("entry not found", CommandOutcome.NoSuchKey),
        ("Cannot find default proxy '", CommandOutcome.NoSuchDefaults),
        ("Health check was not configured on this server", CommandOutcome.NoCheck),
        ("Agent was not configured on this server", CommandOutcome.NoCheck),
        ("health checks are not enabled on this server", CommandOutcome.NoCheck),
        ("agent checks are not enabled on this server", CommandOutcome.NoCheck),
        ("fqdn failed because no resolution is configured", CommandOutcome.NoResolution),

        // What the connection may not, or the process can't.
        ("Proxy is disabled", CommandOutcome.ProxyIsDisabled),
        ("No effect on a disabled backend", CommandOutcome.ProxyIsDisabled),
        ("Frontend was previously shut down", CommandOutcome.FrontendIsShutDown),
        ("Permission denied", CommandOutcome.PermissionDenied),
        ("contents not dumped due to insufficient privileges", CommandOutcome.PermissionDenied),
        ("Unknown command", CommandOutcome.UnknownCommand),
        ("restricted to experimental mode only", CommandOutcome.ExperimentalOnly),
        ("restricted to expert mode only", CommandOutcome.ExpertOnly),

        // 2.6 may say both, one for the address and one for the port: then something changed.
        ("changed from '", CommandOutcome.AddressChanged),
        ("changed its FQDN from", CommandOutcome.AddressChanged),
        ("health check port updated", CommandOutcome.Done),
        ("no need to change the addr", CommandOutcome.NothingChanged),
        ("no need to change the port", CommandOutcome.NothingChanged),
        ("no need to change the FDQN", CommandOutcome.NothingChanged),
        ("nothing changed", CommandOutcome.NothingChanged),
        ("All sockets are already", CommandOutcome.NothingChanged),
        ("Frontend was already shut down", CommandOutcome.NothingChanged),

        // A value.
        ("Value out of range", CommandOutcome.InvalidValue),
        ("Absolute weight can only be between", CommandOutcome.InvalidValue),
        ("Relative weight must be positive", CommandOutcome.InvalidValue),
        ("Invalid addr", CommandOutcome.InvalidValue),
        ("provided port is", CommandOutcome.InvalidValue),
        ("problem converting port", CommandOutcome.InvalidValue),
        ("invalid fqdn", CommandOutcome.InvalidValue),
        ("unable to parse '", CommandOutcome.InvalidValue),
        ("Invalid timeout value", CommandOutcome.InvalidValue),
        ("Invalid duration", CommandOutcome.InvalidValue),
        ("Invalid key", CommandOutcome.InvalidValue),
        ("is not within 0 and 256", CommandOutcome.InvalidValue),
        ("unexpected character '", CommandOutcome.InvalidValue),
        ("invalid character '", CommandOutcome.InvalidValue),
        ("invalid address: '", CommandOutcome.InvalidValue),
        ("unknown MUX protocol", CommandOutcome.InvalidValue),
        ("unable to stat SSL certificate", CommandOutcome.InvalidValue),
        ("'ca-file' : unable to load", CommandOutcome.InvalidValue),
        ("verify is enabled by default but no CA file", CommandOutcome.InvalidValue),
        ("Trailing garbage in", CommandOutcome.InvalidValue),
        ("string empty or preceded by garbage", CommandOutcome.InvalidValue),

        // The rest.
        ("cannot change health on a tracking server", CommandOutcome.Refused),
        ("fqdn failed because SRV resolution is configured", CommandOutcome.Refused),
        ("could not update ", CommandOutcome.Refused),
        ("can't change <port> to port map", CommandOutcome.Refused),
        ("Failed to pause frontend", CommandOutcome.Refused),
        ("Failed to resume frontend", CommandOutcome.Refused),
        ("Failed to add a key", CommandOutcome.Refused),
        ("Failed to update an entry", CommandOutcome.Refused),
        ("This ACL is shared with a map", CommandOutcome.Refused),
        ("Mode is required as", CommandOutcome.Refused),
        ("Dynamic backends ", CommandOutcome.Refused),
        ("Error during backend creation", CommandOutcome.Refused),
        ("Require 'backend/server'", CommandOutcome.Refused),
        ("Update for the current server address family", CommandOutcome.Refused),
        ("option is not accepted for dynamic server", CommandOutcome.Refused),
        ("unknown keyword '", CommandOutcome.Refused),
        ("'set server <srv> state' expects", CommandOutcome.Refused),
        ("expects <name> and <addr>", CommandOutcome.Refused),
        ("Dynamic servers cannot be used with log backends", CommandOutcome.Refused),
        ("Cannot attach server", CommandOutcome.Refused),
        ("MUX protocol is", CommandOutcome.Refused),
        ("for tracking as it is a dynamic server", CommandOutcome.Refused),
        ("The command line is too big", CommandOutcome.Refused),
        ("Too many arguments", CommandOutcome.Refused),
    ];
}
