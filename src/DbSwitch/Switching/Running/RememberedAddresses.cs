using System.Net;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Running;

/// <summary>The last good address of each target, for the day on which its name does not resolve.</summary>
internal static partial class RememberedAddresses
{
    /// <summary>What the selected target's proxies have, or the next one's, is noted by what moves clients there (<see cref="AddressMove"/>, the commit), not because a name resolves to another address.</summary>
    public static Task NoteUnlessSelectedAsync(string name, ISwitchStore store, SwitchCore core, ILogger logger, string target, IPEndPoint address) =>
        core.State.Selection?.Target == target || core.State.Running?.Record.To == target ? Task.CompletedTask : NoteAsync(name, store, core, logger, target, address);

    public static async Task NoteAsync(string name, ISwitchStore store, SwitchCore core, ILogger logger, string target, IPEndPoint address)
    {
        try
        {
            await store.SaveAddressAsync(name, target, address, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            // The address itself is in use.
            core.SayStoreFailed(e.Message);
            NotNoted(logger, name, target, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: the address of {Target} could not be noted: {Problem}")]
    private static partial void NotNoted(ILogger logger, string @switch, string target, string problem);
}
