using DbSwitch.Configuration;

namespace DbSwitch.Databases;

/// <summary>What is said of one of two databases begins with its name.</summary>
internal static class InName
{
    /// <exception cref="DatabaseException">As the work threw it, with the target's name before the words.</exception>
    public static async Task<T> Named<T>(TargetConfiguration target, Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (DatabaseException e) when (!e.Message.StartsWith(target.Name + " ", StringComparison.Ordinal))
        {
            throw new DatabaseException(e.Health, $"{target.Name} {e.Message}", e.InnerException ?? e);
        }
    }

    /// <exception cref="DatabaseException">As the work threw it, with the target's name before the words.</exception>
    public static Task Named(TargetConfiguration target, Task work) => Named(target, ReturnAsync(work));

    private static async Task<bool> ReturnAsync(Task work)
    {
        await work.ConfigureAwait(false);
        return true;
    }
}
