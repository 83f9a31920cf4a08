using System.Text;

namespace DbSwitch.App.Init;

/// <summary>Writes a first <c>dbswitch.yaml</c>, with comments for whoever reads it next.</summary>
internal static class DbSwitchYaml
{
    private const string Proxy = "db-proxy";

    public static string Of(InitAnswers answers)
    {
        var text = new StringBuilder();
        text.Append($"""
            # The database switch. Every key is in docs/configuration.md; after a change: dbswitch check-config, then SIGHUP to "dbswitch serve".
            state: /var/lib/dbswitch/state.db        # which database is selected, and who switched when: back it up ("dbswitch backup")
            listen:
              unix: /run/dbswitch/dbswitch.sock      # the command line on this machine; who may write to it may switch
              http: 127.0.0.1:8370                   # the page and the API
            proxies:

            """);
        text.Append(answers.Haproxy == InitHaproxy.Managed
            ? $$"""
                # HAProxy is run by "dbswitch proxy-host {{Proxy}}", which "dbswitch serve" starts where it does not run.
                {{Proxy}}: { managed: { frontends: { {{answers.Switch}}: {{Quoted(answers.Clients)}} }, statistics: "127.0.0.1:8360" } }

              """
            : Existing(answers.Places));
        text.Append($"""
            switches:
              {answers.Switch}:
                backend: {answers.Backend}{new string(' ', Math.Max(1, 28 - answers.Backend.Length))}# owned by this switch: servers in it that are not listed here are fenced and deleted
                proxies: [{Proxy}]
                hold: 5s                             # how long a new connection waits while there is no database for it

            """);
        if (answers.Kind == "mysql")
        {
            text.Append($"""
                    mysql:                               # as whom the databases are asked: docs/mysql.md has the account and its rights
                      user: dbswitch
                      # password_file: /etc/dbswitch/{answers.Switch}.password
                      tls: require                       # better: verify-full, and "ca:" with your authority's file
                      promote: self                      # "select" makes a primary of a replica; "none": somebody else does
                      # replication_user: repl           # the old primary then becomes a replica by itself
                      # replication_password_file: /etc/dbswitch/{answers.Switch}.replication

                """);
        }
        else if (answers.Kind == "postgres")
        {
            text.Append($"""
                    postgres:                            # as whom the databases are asked: docs/postgresql.md has the role and its rights
                      user: dbswitch
                      # password_file: /etc/dbswitch/{answers.Switch}.password
                      tls: require                       # better: verify-full, and "ca:" with your authority's file
                      promote: sql                       # "select" makes a primary of a replica; "none": somebody else does

                """);
        }

        if (answers.Kind == "redis")
        {
            text.Append($"""
                    redis:                               # as whom the databases are asked: docs/redis.md has the user and its rights
                      user: dbswitch
                      # password_file: /etc/dbswitch/{answers.Switch}.password
                      tls: disable                       # better: verify-full, and "ca:" with your authority's file
                      promote: self                      # "select" makes a primary of a replica; "none": somebody else does

                """);
        }

        text.Append("    targets:\n");
        foreach (var (name, address) in answers.Targets)
        {
            text.Append($"      {name}: {{ address: {Quoted(address.ToString())}{(answers.Kind == "tcp" ? "" : $", kind: {answers.Kind}")} }}\n");
        }

        text.Append("    # initial: what a new store begins with. Left out: nothing is selected until somebody says \"dbswitch select …\".\n");
        return text.ToString();
    }

    // The master's socket is left out where this user could not open it: a way that is named and closed would refuse every switchover.
    private static string Existing(HaproxyPlaces places) => places.MasterNeeds.Count == 0 && places.MasterSocket is { } master
        ? $$"""
              # master: HAProxy's option -S. Without it, leave it out: old workers after a reload are then known only while the manager runs.
              {{Proxy}}: { api: {{Quoted("unix:" + places.AdminSocket)}}, master: {{Quoted("unix:" + master)}} }

            """
        : string.Concat(places.MasterNeeds.Select(need => $"  # {need}\n")) + $$"""
              # {{Proxy}}: { api: {{Quoted("unix:" + places.AdminSocket)}}, master: {{Quoted("unix:" + places.MasterSocket)}} }
              {{Proxy}}: { api: {{Quoted("unix:" + places.AdminSocket)}} }

            """;

    private static string Quoted(string text) => $"\"{text}\"";
}
