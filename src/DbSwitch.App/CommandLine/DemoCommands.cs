using System.CommandLine;
using DbSwitch.App.Demo;
using DbSwitch.App.Demo.Postgres;
using DbSwitch.App.Echo;
using DbSwitch.App.ExitCodes;
using HaproxyRuntime;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch demo</c> and its parts.</summary>
internal static class DemoCommands
{
    public static void AddTo(RootCommand root)
    {
        var tour = new Option<bool>("--tour") { Description = "Unattended: go through everything, and prove each step by what the client received (exit code 0 or 1)" };
        var byHand = new Option<bool>("--by-hand") { Description = "With the manager paused, to type the Runtime API's commands with netcat" };
        var anyPorts = new Option<bool>("--any-ports") { Description = "Free ports instead of 8310, 8311, 8320, 8360, 8370 and 9999" };
        var postgres = new Option<bool>("--postgres") { Description = "A real PostgreSQL primary and its replica: a switchover promotes, and the old one is made a replica again" };
        var haproxy = new Option<string?>("--haproxy") { Description = "HAProxy's executable", HelpName = "PATH", Hidden = true };
        var demo = new Command("demo", "Two databases, HAProxy, the manager and a client on this machine, to look at and to switch") { tour, byHand, postgres, anyPorts, haproxy };
        demo.Validators.Add(result =>
        {
            if (result.GetValue(tour) && result.GetValue(byHand))
            {
                result.AddError("Say --tour or --by-hand; not both.");
            }

            if (result.GetValue(postgres) && result.GetValue(byHand))
            {
                result.AddError("Say --postgres or --by-hand; not both: by hand nothing is promoted.");
            }
        });
        demo.SetAction((parsed, cancel) => DemoProgram.RunAsync(
            new DemoOptions
            {
                Mode = parsed.GetValue(tour) ? DemoMode.Tour : parsed.GetValue(byHand) ? DemoMode.ByHand : DemoMode.Keys,
                Postgres = parsed.GetValue(postgres),
                AnyPorts = parsed.GetValue(anyPorts),
                Haproxy = parsed.GetValue(haproxy),
            },
            cancel));
        root.Add(demo);

        var port = new Argument<int>("port") { Description = "1 to 65535; 0 for any free one" };
        var prefix = new Argument<string>("prefix") { Description = "What comes before each answer" };
        var server = new Command("echo-server", "A TCP server that answers each line with a prefix before it") { port, prefix };
        server.Hidden = true;
        server.SetAction((parsed, cancel) => EchoServer.RunAsync(parsed.GetValue(port), parsed.GetValue(prefix)!, Console.Out, cancel));
        root.Add(server);

        var to = new Argument<string>("to") { Description = "host:port of the proxy" };
        var every = new Option<double>("--every") { Description = "Seconds between two questions", HelpName = "SECONDS", DefaultValueFactory = _ => 1 };
        var once = new Option<bool>("--once") { Description = "Say it once; exit code 0 when it was answered within 10 s, 1 when not" };
        var client = new Command("client", "Says hello to a database, again and again, and prints the answers") { to, every, once };
        client.Hidden = true;
        client.SetAction((parsed, cancel) =>
        {
            var address = Address(parsed.GetValue(to)!);
            if (parsed.GetValue(once))
            {
                return EchoClient.AskOnceAsync(address, Console.Out, cancel);
            }

            return EchoClient.RunAsync(address, Pace(parsed.GetValue(every)), Console.Out, cancel);
        });
        root.Add(client);
        AddPostgresTo(root, to, every);
    }

    private static void AddPostgresTo(RootCommand root, Argument<string> to, Option<double> every)
    {
        var data = new Argument<string>("data") { Description = "Its folder" };
        var port = new Argument<int>("port") { Description = "Where it listens, at 127.0.0.1" };
        var server = new Command("postgres-server", "One PostgreSQL server of the demo") { data, port };
        server.Hidden = true;
        server.SetAction((parsed, cancel) => PostgresServerProgram.RunAsync(parsed.GetValue(data)!, parsed.GetValue(port), cancel));
        root.Add(server);

        var password = new Option<string>("--password-file") { Description = "A file with the password", HelpName = "FILE", Required = true };
        var client = new Command("postgres-client", "Writes one row after the other, and says which server has confirmed it") { to, every, password };
        client.Hidden = true;
        client.SetAction((parsed, cancel) => PostgresClient.RunAsync(Address(parsed.GetValue(to)!), Pace(parsed.GetValue(every)), parsed.GetValue(password)!, Console.Out, cancel));
        root.Add(client);
    }

    private static HostPort Address(string text) => HostPort.TryParse(text, out var address, out var problem) ? address : throw new CommandException(ExitCode.Usage, $"\"{text}\" {problem}.");

    private static TimeSpan Pace(double every) => every is > 0 and <= 86400 ? TimeSpan.FromSeconds(every) : throw new CommandException(ExitCode.Usage, "--every takes a number of seconds above 0, up to 86400.");
}
