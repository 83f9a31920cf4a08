namespace HaproxyRuntime;

/// <content>
/// The commands that add and delete backends at run time (management guide section 9.3), from HAProxy 3.4 on. The manual calls them experimental, so they are preceded by
/// <c>experimental-mode on</c>. All need the level <c>admin</c>.
/// </content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>add backend BACKEND from DEFAULTS</c>: unpublished, and without servers.</summary>
    /// <param name="backend">The new backend's name.</param>
    /// <param name="defaults">A <c>defaults</c> section with a name, whose settings it takes.</param>
    /// <param name="mode">Its mode, or null for that of the <c>defaults</c> section.</param>
    public static RuntimeCommand AddBackend(string backend, string defaults, BackendMode? mode = null) =>
        new($"add backend {Name(backend)} from {Name(defaults)}{mode switch
        {
            null => "",
            BackendMode.Tcp => " mode tcp",
            BackendMode.Http => " mode http",
            _ => throw new ArgumentOutOfRangeException(nameof(mode)),
        }}", true, CommandOutcome.BackendRegistered);

    /// <summary><c>publish backend BACKEND</c>: rules may choose it from now on.</summary>
    public static RuntimeCommand PublishBackend(string backend) => new("publish backend " + Name(backend), true, CommandOutcome.Published);

    /// <summary><c>unpublish backend BACKEND</c>: no rule chooses it any more. Needed before it is deleted.</summary>
    public static RuntimeCommand UnpublishBackend(string backend) => new("unpublish backend " + Name(backend), true, CommandOutcome.Unpublished);

    /// <summary><c>del backend BACKEND</c>: unpublished, without servers and without streams.</summary>
    public static RuntimeCommand DeleteBackend(string backend) => new("del backend " + Name(backend), true, CommandOutcome.BackendDeleted);
}

/// <summary>What a backend speaks.</summary>
public enum BackendMode
{
    /// <summary>Bytes.</summary>
    Tcp,

    /// <summary>HTTP.</summary>
    Http,
}
