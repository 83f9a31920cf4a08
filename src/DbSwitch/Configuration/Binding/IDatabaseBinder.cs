namespace DbSwitch.Configuration.Binding;

/// <summary>How one kind of database is written in the file.</summary>
internal interface IDatabaseBinder
{
    /// <summary>As the file names it: in a target's <c>kind</c>, and as the section of its switch.</summary>
    string Kind { get; }

    /// <summary>The keys of its section; null for a kind without one.</summary>
    KeySet? Keys { get; }

    /// <param name="section">Null exactly for a kind without one.</param>
    DatabaseConfiguration Bind(Section? section, Reading reading);
}
