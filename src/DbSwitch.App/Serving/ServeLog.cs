namespace DbSwitch.App.Serving;

/// <summary>What the log says of the manager itself.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "ready: {Socket}{Http}")]
    public static partial void Ready(this ILogger logger, string socket, string http);

    [LoggerMessage(Level = LogLevel.Warning, Message = "listen.http is {Address} without tls: whoever is on the way can read the tokens that are sent there")]
    public static partial void InTheClear(this ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Information, Message = "reloaded: {File} is in force")]
    public static partial void Reloaded(this ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "not reloaded: {Refusal}")]
    public static partial void Refused(this ILogger logger, string refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "not reloaded: {Problem}")]
    public static partial void Failed(this ILogger logger, Exception error, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the last good {File} stays in force")]
    public static partial void Kept(this ILogger logger, string file);
}
