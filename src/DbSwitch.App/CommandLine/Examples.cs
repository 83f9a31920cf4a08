using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace DbSwitch.App.CommandLine;

/// <summary>Examples below each command's help.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> Of = new()
    {
        ["dbswitch"] = ["dbswitch status", "dbswitch targets", "dbswitch select backend-db2 --reason \"db1 gets a new disk\"", "dbswitch select backend-db1  # and back again", "dbswitch history --limit 1  # who switched last, and why", "dbswitch watch"],
        ["serve"] = ["dbswitch serve --config /etc/dbswitch/dbswitch.yaml", "dbswitch serve --adopt orders=backend-db1", "dbswitch serve --log json"],
        ["select"] = ["dbswitch select backend-db2", "dbswitch select backend-db2 --drain 10 --reason \"maintenance of db1\"", "dbswitch select backend-db2 --dry-run", "dbswitch select --none", "dbswitch select orders/backend-db2", "dbswitch select backend-db1  # back again: to undo it, select what was selected before"],
        ["status"] = ["dbswitch status", "dbswitch status --check && echo all is well", "dbswitch status --json"],
        ["watch"] = ["dbswitch watch", "dbswitch watch --switch orders", "dbswitch watch | tee -a switches.log", "dbswitch watch --json"],
        ["wait"] = ["dbswitch wait backend-db2 --timeout 60s", "dbswitch wait --settled"],
        ["abort"] = ["dbswitch abort 7"],
        ["history"] = ["dbswitch history", "dbswitch history --limit 1", "dbswitch history --switch orders --json"],
        ["targets"] = ["dbswitch targets"],
        ["proxies"] = ["dbswitch proxies", "dbswitch proxies stop db-proxy", "dbswitch proxies reload db-proxy", "dbswitch proxies upgrade db-proxy"],
        ["doctor"] = ["dbswitch doctor", "dbswitch doctor --haproxy-cfg /etc/haproxy/haproxy.cfg"],
        ["hold"] = ["dbswitch hold --for 30s --reason \"a restart of the database\""],
        ["release"] = ["dbswitch release", "dbswitch release --switch orders"],
        ["stop"] = ["dbswitch proxies stop db-proxy"],
        ["proxies reload"] = ["dbswitch proxies reload db-proxy", "systemctl reload dbswitch-proxy-host@db-proxy  # the same, where systemd runs it"],
        ["upgrade"] = ["dbswitch proxies upgrade db-proxy"],
        ["pause"] = ["dbswitch pause --reason \"I work on HAProxy by hand\""],
        ["resume"] = ["dbswitch resume"],
        ["release-proxy"] = ["dbswitch release-proxy db-proxy-2", "dbswitch release-proxy db-proxy-2 --switch orders"],
        ["leave"] = ["dbswitch leave", "dbswitch leave --haproxy-cfg /etc/haproxy/haproxy.cfg"],
        ["reload"] = ["dbswitch reload", "systemctl reload dbswitch  # the same"],
        ["backup"] = ["dbswitch backup /var/backups/dbswitch-$(date +%F).db"],
        ["token"] = ["dbswitch token add ann --role operator", "dbswitch token list", "dbswitch token revoke ann"],
        ["add"] = ["dbswitch token add ann --role operator", "DBSWITCH_TOKEN=$(dbswitch token add ci --role viewer) dbswitch status --server http://127.0.0.1:8370"],
        ["list"] = ["dbswitch token list --json"],
        ["revoke"] = ["dbswitch token revoke ann"],
        ["api"] = ["dbswitch api \"show servers state\"", "dbswitch api --proxy db-proxy \"show info\""],
        ["init"] = ["dbswitch init", "dbswitch init --target db1=10.0.0.11:5432 --target db2=10.0.0.12:5432 --folder /etc/dbswitch", "dbswitch init --managed --target db1=10.0.0.11:5432", "dbswitch init --print --frontend db --backend db_servers"],
        ["completion"] = ["source <(dbswitch completion bash)", "dbswitch completion zsh > \"${fpath[1]}/_dbswitch\"", "dbswitch completion fish > ~/.config/fish/completions/dbswitch.fish"],
        ["check-config"] = ["dbswitch check-config --config ./dbswitch.yaml"],
        ["proxy-host"] = ["dbswitch proxy-host db-proxy --config ./dbswitch.yaml"],
        ["demo"] = ["dbswitch demo", "dbswitch demo --tour", "dbswitch demo --by-hand", "dbswitch demo --postgres --tour"],
        ["echo-server"] = ["dbswitch echo-server 8310 \"backend-db1 at 8310:\""],
        ["client"] = ["dbswitch client 127.0.0.1:8320"],
        ["postgres-server"] = ["dbswitch postgres-server /tmp/data 8310"],
        ["postgres-client"] = ["dbswitch postgres-client 127.0.0.1:8320 --password-file /tmp/password"],
    };

    public static void Show(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WithExamples((SynchronousCommandLineAction)help.Action!);
    }

    private sealed class WithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = help.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            if (Of.TryGetValue($"{command.Parents.FirstOrDefault()?.Name} {command.Name}", out var examples) || Of.TryGetValue(command is RootCommand ? "dbswitch" : command.Name, out examples))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples)
                {
                    output.WriteLine("  " + example);
                }

                output.WriteLine();
            }

            return result;
        }
    }
}
