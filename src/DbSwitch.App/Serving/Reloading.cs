using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Managing;
using DbSwitch.Storage;

namespace DbSwitch.App.Serving;

/// <summary>SIGHUP: the file is read again, and takes its predecessor's place whole or not at all.</summary>
internal static partial class Reloading
{
    /// <param name="prepare">Sees to what the new configuration needs before it is in force.</param>
    public static async Task RunAsync(string file, Manager manager, Func<DbSwitchConfiguration, Task> prepare, ILogger logger)
    {
        try
        {
            var read = ConfigurationFile.Load(file, Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
            IReadOnlyList<string> refusals = read.IsValid ? [] : [.. read.Problems.Select(p => p.ToString())];
            if (read.IsValid)
            {
                refusals = manager.WouldRefuse(read.Configuration);
                if (refusals.Count == 0)
                {
                    await prepare(read.Configuration);
                    refusals = await manager.ReloadAsync(read.Configuration, CancellationToken.None);
                }
            }

            foreach (var refusal in refusals)
            {
                logger.Refused(refusal);
            }

            if (refusals.Count > 0)
            {
                logger.Kept(file);
            }
            else
            {
                logger.Reloaded(file);
            }
        }
        catch (Exception e) when (e is ManagerException or StoreException or ServeException)
        {
            logger.Refused(e.Message);
            logger.Kept(file);
        }
        catch (Exception e)
        {
            // Nothing may end the manager because a file was bad: the last good configuration stays in force.
            logger.Failed(e, e.Message);
            logger.Kept(file);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ready: {Socket}{Http}")]
    public static partial void Ready(this ILogger logger, string socket, string http);

    [LoggerMessage(Level = LogLevel.Warning, Message = "listen.http is {Address} without tls: whoever is on the way can read the tokens that are sent there")]
    public static partial void InTheClear(this ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Information, Message = "reloaded: {File} is in force")]
    public static partial void Reloaded(this ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "not reloaded: {Refusal}")]
    private static partial void Refused(this ILogger logger, string refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "not reloaded: {Problem}")]
    private static partial void Failed(this ILogger logger, Exception error, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the last good {File} stays in force")]
    private static partial void Kept(this ILogger logger, string file);
}
