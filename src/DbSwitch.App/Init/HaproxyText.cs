using System.Globalization;
using System.Text;
using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using HaproxyRuntime;

namespace DbSwitch.App.Init;

/// <summary>
/// Writes a first <c>haproxy.cfg</c>, or the lines that one which is there needs. The companion's lines are those of a managed proxy, from the same code:
/// whoever changes them changes all.
/// </summary>
internal static class HaproxyText
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(5);

    /// <summary>A whole file.</summary>
    public static string File(InitAnswers answers)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # HAProxy for dbswitch. Check it: haproxy -c -f FILE. Run it, in the directory's owner's name, with a master that reloads at SIGUSR2:
            #   haproxy -W -db -S {answers.Places.MasterSocket},mode,660 -f FILE
            # Whoever may write to the sockets in {answers.Places.Folder} decides where clients go: the manager's user, and nobody else.

            global
                # Each takes two descriptors and more of what the system allows; HAProxy does not start where that is too little.
                maxconn {OpenFiles.ConnectionsAllowed()}
                log /dev/log local0
                stats socket {HaproxyConfigurationText.Quoted(answers.Places.AdminSocket)} mode 660 level admin
                stats timeout 30s
                stats maxconn 100
                # A worker left over from a reload ends after that, and with it the sessions that came through it.
                hard-stop-after 30m

            """);
        CompanionConfigurationText.Global(text, answers.Places.Generations, answers.Script);
        HaproxyConfigurationText.Defaults(text, new DbSwitch.Configuration.ProxyTimeouts());
        text.Append(CultureInfo.InvariantCulture, $"""

            frontend {answers.Frontend}
                bind {answers.Clients}
                option tcplog

            """);
        CompanionConfigurationText.Frontend(text, Frontend(answers), answers.Places.HopSocket(answers.Frontend));
        text.Append(CultureInfo.InvariantCulture, $"""
                default_backend {answers.Backend}

            backend {answers.Backend}
                # No database here, and a dynamic algorithm: the manager adds the one that is selected through the Runtime API.
                balance first

            """);
        CompanionConfigurationText.Backend(text, answers.Places.HopSocket(answers.Frontend));
        CompanionConfigurationText.HopBackend(text, Frontend(answers), answers.Places.HopSocket(answers.Frontend));
        text.Append("""

            # To look at alone: without "stats admin", changes go through the manager.
            frontend stats
                bind 127.0.0.1:8360
                mode http
                timeout client 30s
                timeout http-request 10s
                stats enable
                stats uri /stats
                stats refresh 5s

            """);
        return text.ToString();
    }

    /// <summary>What a file that is there needs, section by section. Its frontend and backend keep their own lines.</summary>
    public static string Additions(InitAnswers answers)
    {
        var text = new StringBuilder();
        text.Append("""
            # Add these lines to the sections of your haproxy.cfg; "haproxy -c -f FILE" checks them, and "dbswitch doctor --haproxy-cfg FILE" what HAProxy does not. docs/haproxy.md explains each.
            # The sections' own mode is tcp, and the backend has no server of its own that takes clients.

            global

            """);
        foreach (var line in Global(answers))
        {
            text.Append(line).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"\nfrontend {answers.Frontend}\n").AppendJoin('\n', OfFrontend(answers)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"\nbackend {answers.Backend}\n").AppendJoin('\n', OfBackend(answers)).Append('\n');
        return text.Append(HopBackend(answers)).ToString();
    }

    /// <summary>What a file that is there becomes: its own text with these lines in their sections. What stands in their way is a comment then.</summary>
    public static string Merged(string existing, InitAnswers answers) => new HaproxyMerge(existing).Of(answers);

    internal static IEnumerable<string> Global(InitAnswers answers)
    {
        var global = new StringBuilder();
        CompanionConfigurationText.Global(global, answers.Places.Generations, answers.Script);
        return
        [
            .. answers.Places.HasAdminSocket ? [] : (string[])[$"    stats socket {HaproxyConfigurationText.Quoted(answers.Places.AdminSocket)} mode 660 level admin{(answers.ExistingText is null ? "  # unless there is one like it" : "")}"],
            "    stats timeout 30s",
            "    hard-stop-after 30m",
            .. LinesOf(global),
        ];
    }

    internal static IEnumerable<string> OfFrontend(InitAnswers answers)
    {
        var frontend = new StringBuilder();
        CompanionConfigurationText.Frontend(frontend, Frontend(answers), answers.Places.HopSocket(answers.Frontend), answers.Places.User);
        return ["    timeout client-fin 1s", .. LinesOf(frontend)];
    }

    internal static IEnumerable<string> OfBackend(InitAnswers answers)
    {
        var backend = new StringBuilder();
        CompanionConfigurationText.Backend(backend, answers.Places.Inside(answers.Places.HopSocket(answers.Frontend)));
        return ["    balance first", "    option redispatch 1", "    retries 3", "    timeout connect 2s", "    timeout server-fin 1s", .. LinesOf(backend)];
    }

    internal static string HopBackend(InitAnswers answers)
    {
        var text = new StringBuilder();
        CompanionConfigurationText.HopBackend(text, Frontend(answers), answers.Places.Inside(answers.Places.HopSocket(answers.Frontend)));
        return text.ToString();
    }

    private static string[] LinesOf(StringBuilder text) => text.ToString().TrimEnd('\n').Split('\n');

    private static PlannedFrontend Frontend(InitAnswers answers) =>
        new(answers.Frontend, answers.Switch, new HostPort("0.0.0.0", 1), answers.Backend, Hold);
}
