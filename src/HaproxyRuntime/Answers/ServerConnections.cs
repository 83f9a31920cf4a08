using System.Net;

namespace HaproxyRuntime;

/// <summary>
/// The connections of one server, a line of <c>show servers conn</c> (management guide section 9.3, which calls it a debugging aid). They are counters: a stream in
/// connect or turn-around is in none of them, nor is an established one of a proxy in TCP mode (seen on 2.6, 3.0 and 3.2), so zero proves nothing;
/// <see cref="SessionState"/> does.
/// </summary>
/// <param name="Backend">Its backend's name.</param>
/// <param name="Name">Its name.</param>
/// <param name="BackendId">Its backend's number.</param>
/// <param name="Id">Its number within the backend.</param>
/// <param name="Address">Its address; null while it has none, and for a Unix socket.</param>
/// <param name="Port">Its port; 0 for a Unix socket.</param>
/// <param name="Used">Connections in use.</param>
/// <param name="Idle">Connections kept open for later use.</param>
public sealed record ServerConnections(string Backend, string Name, int BackendId, int Id, IPAddress? Address, int Port, long Used, long Idle)
{
    /// <summary>The most connections in use at once since idle ones were last purged (<c>used_max</c>).</summary>
    public long MostUsed { get; init; }

    /// <summary>How many connections HAProxy expects to need (<c>need_est</c>).</summary>
    public long NeedEstimate { get; init; }

    /// <summary>Idle connections that a new client's first request must not go to (<c>unsafe_nb</c>).</summary>
    public long UnsafeIdle { get; init; }

    /// <summary>Idle connections that any request may go to (<c>safe_nb</c>).</summary>
    public long SafeIdle { get; init; }

    /// <summary>The most idle connections that are kept (<c>pool-max-conn</c>), or null for no limit.</summary>
    public long? IdleLimit { get; init; }

    /// <summary>After how long idle connections are purged (<c>pool-purge-delay</c>), in milliseconds' precision.</summary>
    public TimeSpan PurgeDelay { get; init; }

    /// <summary>Streams that it serves now (<c>served</c>, from 3.4 on); null before.</summary>
    public long? Served { get; init; }

    /// <summary>Sessions with idle connections to it (<c>idle_sess</c>, from 3.4 on); null before.</summary>
    public long? IdleSessions { get; init; }

    /// <summary>Reads <c>show servers conn</c>'s answer. Columns are known by their header.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<ServerConnections> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);

        // "idle_per_thr[N]" stands for N fields, or for none where the server keeps no idle connections.
        var table = new AnswerTable(answer, optional: 1);
        var (name, id, address, port) = (table.Column("bkname/svname"), table.Column("bkid/svid"), table.Column("addr"), table.Column("port"));
        var (used, most, need, idle) = (table.Column("used_cur"), table.Column("used_max"), table.Column("need_est"), table.Column("idle_cur"));
        var (notSafe, safe, limit, purge) = (table.Column("unsafe_nb"), table.Column("safe_nb"), table.Column("idle_lim"), table.Column("purge_delay"));
        var (served, idleSessions) = (table.ColumnOrNone("served"), table.ColumnOrNone("idle_sess"));
        var backends = new NameCache();
        var servers = new List<ServerConnections>();
        while (table.Next())
        {
            var (backend, server) = Halves(table[name], out var names);
            var (backendId, serverId) = Halves(table[id], out var numbers);
            servers.Add(new ServerConnections(
                backends.Of(names[backend]),
                names[server].ToString(),
                AnswerField.Number(numbers[backendId]),
                AnswerField.Number(numbers[serverId]),
                AnswerField.AddressOrNone(table[address]),
                AnswerField.Number(table[port]),
                AnswerField.Long(table[used]),
                AnswerField.Long(table[idle]))
            {
                MostUsed = AnswerField.Long(table[most]),
                NeedEstimate = AnswerField.Long(table[need]),
                UnsafeIdle = AnswerField.Long(table[notSafe]),
                SafeIdle = AnswerField.Long(table[safe]),
                IdleLimit = table[limit] is "-1" ? null : AnswerField.Long(table[limit]),
                PurgeDelay = AnswerField.Milliseconds(table[purge]),
                Served = served < 0 ? null : AnswerField.Long(table[served]),
                IdleSessions = idleSessions < 0 ? null : AnswerField.Long(table[idleSessions]),
            });
        }

        return servers;
    }

    private static (Range, Range) Halves(ReadOnlySpan<char> field, out ReadOnlySpan<char> text)
    {
        text = field;
        var slash = field.IndexOf('/');
        return slash > 0 && slash < field.Length - 1 ? (..slash, (slash + 1)..) : throw new FormatException($"\"{CommandResult.Excerpt(field.ToString())}\" is no backend and server");
    }
}
