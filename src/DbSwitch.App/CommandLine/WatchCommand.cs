using System.CommandLine;
using System.Threading.Channels;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;
using DbSwitch.App.Watching;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch watch</c>: what happens, as it happens.</summary>
internal static class WatchCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var command = new Command("watch", "Where the clients go and what happens, live: the whole screen at a terminal, a line for each event into a pipe");
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var only = parsed.GetValue(common.Switch);
            if (only is not null)
            {
                await manager.GetAsync("/api/v1/switches/" + Uri.EscapeDataString(only), ContractsJson.Default.SwitchView, cancel);
            }

            var news = Channel.CreateUnbounded<WatchNews>();
            using var first = await manager.ListenAsync(null, cancel);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var listening = new WatchProgram(manager, news.Writer, TimeProvider.System).RunAsync(first, end.Token);
            var showing = parsed.GetValue(common.Json) || Console.IsOutputRedirected || !TerminalSize.CanMove
                ? new WatchLines(only, parsed.GetValue(common.Json)).RunAsync(news.Reader, end.Token)
                : WatchScreen.RunAsync(news, new Watched(only), manager.Address, end.Token);
            var over = await Task.WhenAny(listening, showing);
            await end.CancelAsync();
            await Task.WhenAll(listening, showing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // The terminal is as it was again. Told to end is a good end; anything else is said.
            return over.Exception?.InnerException is { } error ? throw error : ExitCode.Done;
        });
        root.Add(command);
    }
}
