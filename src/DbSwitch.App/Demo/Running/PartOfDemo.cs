using System.CommandLine;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.Demo.Running;

/// <summary>
/// The other side of <see cref="DemoPart"/>: a part of the demo lives in a session of its own, so that Ctrl-C at the terminal reaches the demo alone, which ends its
/// parts in their order; and it ends when its standard input does, which the kernel closes when the demo dies, however it dies.
/// </summary>
internal static class PartOfDemo
{
    public const string OptionName = "--until-stdin-ends";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Option<bool> Option { get; } = new(OptionName) { Description = "End when standard input does", Hidden = true, Recursive = true };

    public static void Begin()
    {
        Posix.NewSession();
        new Thread(Watch) { IsBackground = true, Name = "standard input" }.Start();
    }

    private static void Watch()
    {
        using (var input = Console.OpenStandardInput())
        {
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
                // Nobody writes there.
            }
        }

        Posix.Signal(Environment.ProcessId, Posix.SigTerm);
        Thread.Sleep(Patience);
        Posix.Signal(Environment.ProcessId, Posix.SigKill);
    }
}
