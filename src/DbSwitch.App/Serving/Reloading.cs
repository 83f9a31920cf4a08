using DbSwitch.App.Http;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Managing;
using DbSwitch.Storage;

namespace DbSwitch.App.Serving;

/// <summary>SIGHUP, or <c>dbswitch reload</c>: the file is read again, and takes its predecessor's place whole or not at all. A refusal is logged, answered, and shown with every switch until a reload succeeds.</summary>
/// <param name="prepare">Sees to what the new configuration needs before it is in force.</param>
internal sealed class Reloading(string file, Manager manager, Func<DbSwitchConfiguration, Task> prepare, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<ReloadOutcome> RunAsync()
    {
        await _one.WaitAsync();
        try
        {
            var outcome = await ReadAsync();
            foreach (var refusal in outcome.Refusals)
            {
                logger.Refused(refusal);
            }

            if (outcome.Refusals.Count > 0)
            {
                logger.Kept(file);
            }
            else
            {
                logger.Reloaded(file);
            }

            manager.NoteRefusedConfiguration(outcome.Refusals is { Count: > 0 and var count } refusals
                ? $"the file on disk is not in force, the last good one is: {refusals[0].TrimEnd('.')}{(count > 1 ? $" (and {count - 1} more)" : "")}. Correct it, then: dbswitch reload"
                : null);
            return outcome;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ReloadOutcome> ReadAsync()
    {
        try
        {
            var read = ConfigurationFile.Load(file, Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
            if (!read.IsValid)
            {
                return new ReloadOutcome(file, [.. read.Problems.Select(p => p.ToString())], IsFileWrong: true);
            }

            var refusals = await manager.WouldRefuseAsync(read.Configuration, CancellationToken.None);
            if (refusals.Count == 0)
            {
                await prepare(read.Configuration);
                refusals = await manager.ReloadAsync(read.Configuration, CancellationToken.None);
            }

            return new ReloadOutcome(file, refusals, IsFileWrong: false);
        }
        catch (Exception e) when (e is ManagerException or StoreException or ServeException)
        {
            return new ReloadOutcome(file, [e.Message], IsFileWrong: false);
        }
        catch (Exception e)
        {
            // Nothing may end the manager because a file was bad: the last good configuration stays in force.
            logger.Failed(e, e.Message);
            return new ReloadOutcome(file, [e.Message], IsFileWrong: false);
        }
    }
}
