using System.CommandLine;
using DbSwitch.App.Client;
using DbSwitch.App.Echo;
using HaproxyRuntime;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch demo</c> and its parts.</summary>
internal static class DemoCommands
{
    public static void AddTo(RootCommand root)
    {
        var port = new Argument<int>("port") { Description = "1 to 65535; 0 for any free one" };
        var prefix = new Argument<string>("prefix") { Description = "What comes before each answer" };
        var server = new Command("echo-server", "A TCP server that answers each line with a prefix before it") { port, prefix };
        server.Hidden = true;
        server.SetAction((parsed, cancel) => EchoServer.RunAsync(parsed.GetValue(port), parsed.GetValue(prefix)!, Console.Out, cancel));
        root.Add(server);

        var to = new Argument<string>("to") { Description = "host:port of the proxy" };
        var every = new Option<double>("--every") { Description = "Seconds between two questions", HelpName = "SECONDS", DefaultValueFactory = _ => 1 };
        var client = new Command("client", "Says hello to a database, again and again, and prints the answers") { to, every };
        client.Hidden = true;
        client.SetAction((parsed, cancel) =>
        {
            if (!HostPort.TryParse(parsed.GetValue(to)!, out var address, out var problem))
            {
                throw new CommandException(ExitCode.Usage, $"\"{parsed.GetValue(to)}\" {problem}.");
            }

            return parsed.GetValue(every) is > 0 and <= 86400 and var seconds
                ? EchoClient.RunAsync(address, TimeSpan.FromSeconds(seconds), Console.Out, cancel)
                : throw new CommandException(ExitCode.Usage, "--every takes a number of seconds above 0, up to 86400.");
        });
        root.Add(client);
    }
}
