namespace DbSwitch.Configuration.Binding;

/// <summary>How the known kinds of databases are written in the file. Handed in by whoever knows the kinds: a configuration knows none itself.</summary>
public sealed class DatabaseBinders
{
    /// <param name="all">The first is what a target is that names no kind; it has no section.</param>
    internal DatabaseBinders(IReadOnlyList<IDatabaseBinder> all) => (All, Kinds) = (all, [.. all.Select(b => b.Kind)]);

    internal IReadOnlyList<IDatabaseBinder> All { get; }

    /// <summary>As the file names them.</summary>
    internal IReadOnlyList<string> Kinds { get; }
}
