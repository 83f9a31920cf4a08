namespace HaproxyRuntime;

/// <content>
/// What the version behind it can. A command that needs something which not every version has, or which is dangerous in some, is judged before it is sent
/// (<see cref="RuntimeCommand.Needs"/>, <see cref="RuntimeOptions.IgnoreCompatibility"/>); any other one costs nothing.
/// </content>
public abstract partial class RuntimeApi
{
    /// <summary>What the version of HAProxy behind it can, and what is dangerous there.</summary>
    /// <exception cref="RuntimeApiException">It did not say its version, or one that can't be read (<see cref="RuntimeApiError.Unexpected"/>).</exception>
    public async Task<HaproxyCapabilities> CapabilitiesAsync(CancellationToken cancel = default)
    {
        var version = await VersionAsync(cancel).ConfigureAwait(false);
        return Parse(RuntimeCommand.ShowInfo, version, text => new HaproxyCapabilities(HaproxyVersion.Parse(text)));
    }

    /// <summary>Its version, as it prints it.</summary>
    private protected virtual async Task<string> VersionAsync(CancellationToken cancel) => (await ShowInfoAsync(cancel).ConfigureAwait(false)).Version;

    /// <summary>It has said who it is.</summary>
    private protected virtual void Learn(ProcessInfo process)
    {
    }
}
