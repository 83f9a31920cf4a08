namespace DbSwitch.Configuration;

/// <summary>What happens that others can be told of, by the words of the file.</summary>
public static class NoticeEvents
{
    /// <summary>A question, for hooks alone: a switchover is asked for, and nothing is touched yet.</summary>
    public const string BeforeSwitchover = "before-switchover";

    public const string SwitchoverStarted = "switchover-started";

    /// <summary>Succeeded, rolled back or partial.</summary>
    public const string SwitchoverEnded = "switchover-ended";

    public const string Held = "held";

    public const string Released = "released";

    public const string Paused = "paused";

    public const string Resumed = "resumed";

    /// <summary>Something is wrong that was not: what <c>status</c> shows with a <c>!</c>.</summary>
    public const string Trouble = "trouble";

    /// <summary>Nothing is wrong any more.</summary>
    public const string Recovered = "recovered";

    internal static readonly string[] Told = [SwitchoverStarted, SwitchoverEnded, Held, Released, Paused, Resumed, Trouble, Recovered];

    internal static readonly string[] All = [BeforeSwitchover, .. Told];
}

/// <summary>Who is told over HTTP.</summary>
/// <param name="Url">A secret itself with many services: it is in no log.</param>
/// <param name="Secret">Signs what is sent; null for no signature.</param>
/// <param name="Timeout">For one attempt. Default 5 s; 100 ms to 1 m.</param>
public sealed record WebhookConfiguration(string Name, Secret Url, Secret? Secret, IReadOnlyList<string> Events, TimeSpan Timeout);

/// <summary>A program of the operator's that is run.</summary>
/// <param name="Program">Absolute path.</param>
/// <param name="Timeout">After which it is killed. Default 10 s; 100 ms to 5 m.</param>
public sealed record HookConfiguration(string Name, string Program, IReadOnlyList<string> Events, TimeSpan Timeout);
