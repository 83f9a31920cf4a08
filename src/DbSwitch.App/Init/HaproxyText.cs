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
            #   haproxy -W -db -S {answers.MasterSocket},mode,660 -f FILE
            # Whoever may write to the sockets in {answers.RunFolder} decides where clients go: the manager's user, and nobody else.

            global
                # Each takes two descriptors and more of what the system allows; HAProxy does not start where that is too little.
                maxconn {OpenFiles.ConnectionsAllowed()}
                log /dev/log local0
                stats socket {HaproxyConfigurationText.Quoted(answers.AdminSocket)} mode 660 level admin
                stats timeout 30s
                stats maxconn 100
                # A worker left over from a reload ends after that, and with it the sessions that came through it.
                hard-stop-after 30m

            """);
        CompanionConfigurationText.Global(text, answers.Generations, answers.Script);
        HaproxyConfigurationText.Defaults(text, new DbSwitch.Configuration.ProxyTimeouts());
        text.Append(CultureInfo.InvariantCulture, $"""

            frontend {answers.Frontend}
                bind {answers.Clients}
                option tcplog

            """);
        CompanionConfigurationText.Frontend(text, Frontend(answers), answers.HopSocket);
        text.Append(CultureInfo.InvariantCulture, $"""
                default_backend {answers.Backend}

            backend {answers.Backend}
                # No database here, and a dynamic algorithm: the manager adds the one that is selected through the Runtime API.
                balance first

            """);
        CompanionConfigurationText.Backend(text, answers.HopSocket);
        CompanionConfigurationText.HopBackend(text, Frontend(answers), answers.HopSocket);
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
        text.Append(CultureInfo.InvariantCulture, $"""
            # Add these lines to the sections of your haproxy.cfg; "haproxy -c -f FILE" says whether they are at home there. docs/haproxy.md explains each.
            # The sections' own mode is tcp, and the backend has no server of its own that takes clients.

            global
                stats socket {HaproxyConfigurationText.Quoted(answers.AdminSocket)} mode 660 level admin  # unless there is one like it
                stats timeout 30s
                hard-stop-after 30m

            """);
        CompanionConfigurationText.Global(text, answers.Generations, answers.Script);
        text.Append(CultureInfo.InvariantCulture, $"\nfrontend {answers.Frontend}\n");
        CompanionConfigurationText.Frontend(text, Frontend(answers), answers.HopSocket);
        text.Append(CultureInfo.InvariantCulture, $"""

            backend {answers.Backend}
                balance first
                option redispatch 1
                retries 3
                timeout connect 2s

            """);
        CompanionConfigurationText.Backend(text, answers.HopSocket);
        CompanionConfigurationText.HopBackend(text, Frontend(answers), answers.HopSocket);
        return text.ToString();
    }

    private static PlannedFrontend Frontend(InitAnswers answers) =>
        new(answers.Frontend, answers.Switch, new HostPort("0.0.0.0", 1), answers.Backend, Hold);
}
