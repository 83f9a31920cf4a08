using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.Configuration.Values;
using DbSwitch.Managing;
using HaproxyRuntime;

namespace DbSwitch.App.Http;

/// <summary><c>POST /proxies/NAME/command</c>: HAProxy's own commands, where they don't get into the manager's way.</summary>
internal static class CommandAnswers
{
    public static async Task<IResult> AskAsync(Manager manager, string name, CommandBody body, CancellationToken cancel)
    {
        if (!manager.Proxies.TryGetValue(name, out var proxy))
        {
            return Problems.NotFound($"There is no proxy {name}. The proxies: {string.Join(", ", manager.Proxies.Keys)}{Suggestion.AtEnd(name, manager.Proxies.Keys)}");
        }

        RuntimeCommand command;
        try
        {
            command = RuntimeCommand.Raw(body.Command);
        }
        catch (ArgumentException e)
        {
            return Problems.Invalid(e.Message);
        }

        var busy = manager.Switches.Values.Where(s => s.Configuration.Proxies.Contains(name) && s.Snapshot.Pause is null).Select(s => s.Name).ToList();
        if (command.ChangesState && busy.Count > 0)
        {
            return Problems.Conflict($"\"{command}\" may change {name}, which the manager keeps for {string.Join(" and ", busy)} and would put back. Pause that first (dbswitch pause), or use dbswitch select.");
        }

        try
        {
            var answer = await new RuntimeClient(proxy.Endpoint).ExecuteAsync(command, cancel);
            return Results.Ok(new CommandAnswer(name, answer));
        }
        catch (RuntimeApiException e)
        {
            return Problems.Unavailable(e.Message);
        }
    }
}
