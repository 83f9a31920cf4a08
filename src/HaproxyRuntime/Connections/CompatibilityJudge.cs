namespace HaproxyRuntime;

/// <summary>Decides whether a command may be sent to a version.</summary>
internal static class CompatibilityJudge
{
    /// <summary>The line that opens what is experimental, for the rest of its connection.</summary>
    public static RuntimeCommand ExperimentalMode { get; } = RuntimeCommand.Raw("experimental-mode on");

    /// <summary>Whether the command must be preceded by <see cref="ExperimentalMode"/>.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.NotSupported"/> or <see cref="RuntimeApiError.Dangerous"/>: it must not be sent.</exception>
    public static bool NeedsExperimentalMode(RuntimeCommand command, string version, RuntimeEndpoint endpoint)
    {
        if (!HaproxyVersion.TryParse(version, out var parsed))
        {
            throw new RuntimeApiException(RuntimeApiError.NotSupported, endpoint, command, $"nothing is known about its version \"{CommandResult.Excerpt(version)}\", so this command was not sent");
        }

        var capabilities = new HaproxyCapabilities(parsed);
        var experimental = false;
        foreach (var feature in command.Needs)
        {
            var support = capabilities[feature];
            switch (support.State)
            {
                case FeatureState.Missing:
                    throw new RuntimeApiException(RuntimeApiError.NotSupported, support, endpoint, command, $"not sent: {support.Reason}");
                case FeatureState.Dangerous:
                    var since = support.AvailableSince is { } fixedIn ? $" Not dangerous from HAProxy {fixedIn} on." : "";
                    throw new RuntimeApiException(RuntimeApiError.Dangerous, support, endpoint, command, $"not sent to HAProxy {parsed}: {support.Reason}{since}");
                case FeatureState.Experimental:
                    experimental = true;
                    break;
            }
        }

        return experimental;
    }
}
