using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Commands;

/// <summary>What a person, or a duty in a person's stead, may ask of a switch. Each command has the turn alone, is held against the one list of objections, and has a final answer.</summary>
internal sealed class OperatorCommands(SwitchParts parts)
{
    // A manager that has just started is done with looking at its proxies in a moment: an answer is worth that much.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(3);

    private readonly Objections _objections = new(parts);

    /// <summary>What is said to who did not get the turn.</summary>
    public SwitchoverOutcome.Refused NotNow() => _objections.NotNow();

    /// <summary>Does a command, unless something speaks against it.</summary>
    public async Task<SwitchoverOutcome> DoAsync(CommandRequest request, Func<Task<SwitchoverOutcome>> work, CancellationToken cancel)
    {
        if (await _objections.ToRequestAsync(request, cancel).ConfigureAwait(false) is { } unfit)
        {
            return unfit;
        }

        if (request.Command is Command.Select or Command.Foresee or Command.Hold)
        {
            await parts.Core.DecidedAsync(StartPatience, cancel).ConfigureAwait(false);
        }

        using var turn = await parts.Core.EnterAsync(TurnKind.Command, null, cancel).ConfigureAwait(false);
        if (turn is null)
        {
            return NotNow();
        }

        request.Turn = turn;
        try
        {
            return await _objections.ToDoingAsync(request, cancel).ConfigureAwait(false) ?? await work().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
            return Objections.Guard(e.Message);
        }
        finally
        {
            // Where the switch ends, every proxy stays as it is.
            if (!parts.Core.HasEnded && turn.State.Stage == Stage.Look)
            {
                turn.Set(turn.State with { Stage = Stage.Keep });
            }
        }
    }
}
