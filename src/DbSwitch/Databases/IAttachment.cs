namespace DbSwitch.Databases;

/// <summary>
/// How a target that is not selected becomes a replica of the selected one: the one that clients left, so that they can come back, and every other that still follows it. Nobody waits for it,
/// and nothing that only that target has is thrown away for it.
/// </summary>
internal interface IAttachment
{
    /// <summary>Why only a person may do it, and what to do, fit to follow the target's name; null where it is done by <see cref="AttachAsync"/>.</summary>
    string? WhyNot { get; }

    /// <summary>Makes it follow, and proves that it does. May be called again and again, also by a manager that knows nothing of the one before.</summary>
    /// <param name="by">The present selection, noted in what is changed.</param>
    /// <exception cref="DatabaseException">It does not follow yet, and why; fit to follow the target's name.</exception>
    Task AttachAsync(Closure by, CancellationToken cancel);
}
