namespace HaproxyRuntime;

/// <content>
/// The commands that change maps and ACLs (management guide section 9.3); all need the level <c>admin</c>. Keys and values may hold spaces, <c>;</c> and <c>\</c>, which are
/// escaped; what no line can carry (control characters, line ends, <c>&lt;&lt;</c>) is an <see cref="ArgumentException"/>.
/// </content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>add map MAP KEY VALUE</c>: one more entry, also where the key is there already.</summary>
    /// <param name="map">As <c>show map</c> lists it: the file's path, or <c>#</c> and a number.</param>
    /// <param name="key">Not empty, and not beginning with <c>#0x</c>, which stands for an entry's reference.</param>
    /// <param name="value">Not empty.</param>
    public static RuntimeCommand AddMap(string map, string key, string value) =>
        new($"add map {List(map)} {Key(key)} {Value(value, nameof(value))}", true, CommandOutcome.Done);

    /// <summary><c>set map MAP KEY VALUE</c>: all entries of that key; <see cref="CommandOutcome.NoSuchKey"/> where there is none.</summary>
    /// <inheritdoc cref="AddMap"/>
    public static RuntimeCommand SetMap(string map, string key, string value) =>
        new($"set map {List(map)} {Key(key)} {Value(value, nameof(value))}", true, CommandOutcome.Done);

    /// <summary><c>del map MAP KEY</c>: all entries of that key; <see cref="CommandOutcome.NoSuchKey"/> where there is none.</summary>
    /// <inheritdoc cref="AddMap"/>
    public static RuntimeCommand DeleteMap(string map, string key) => new($"del map {List(map)} {Key(key)}", true, CommandOutcome.Done);

    /// <summary><c>clear map MAP</c>: all its entries.</summary>
    /// <inheritdoc cref="AddMap"/>
    public static RuntimeCommand ClearMap(string map) => new("clear map " + List(map), true, CommandOutcome.Done);

    /// <summary><c>add acl ACL PATTERN</c>: one more pattern, also where it is there already.</summary>
    /// <param name="acl">As <c>show acl</c> lists it: the file's path, or <c>#</c> and a number.</param>
    /// <param name="pattern">Not empty, and not beginning with <c>#0x</c>, which stands for an entry's reference.</param>
    public static RuntimeCommand AddAcl(string acl, string pattern) => new($"add acl {List(acl)} {Key(pattern)}", true, CommandOutcome.Done);

    /// <summary><c>del acl ACL PATTERN</c>: all entries of that pattern; <see cref="CommandOutcome.NoSuchKey"/> where there is none.</summary>
    /// <inheritdoc cref="AddAcl"/>
    public static RuntimeCommand DeleteAcl(string acl, string pattern) => new($"del acl {List(acl)} {Key(pattern)}", true, CommandOutcome.Done);

    /// <summary><c>clear acl ACL</c>: all its patterns.</summary>
    /// <inheritdoc cref="AddAcl"/>
    public static RuntimeCommand ClearAcl(string acl) => new("clear acl " + List(acl), true, CommandOutcome.Done);

    /// <summary><c>clear table TABLE</c>: every entry of a stick table that is not in use.</summary>
    /// <param name="table">Its name, which is that of its proxy.</param>
    public static RuntimeCommand ClearTable(string table) => new("clear table " + Name(table), true, CommandOutcome.Done);

    /// <summary><c>clear table TABLE key KEY</c>: one entry of a stick table; also done where there is none.</summary>
    /// <param name="table">Its name, which is that of its proxy.</param>
    /// <param name="key">An address, number or string, by the table's type.</param>
    public static RuntimeCommand ClearTable(string table, string key) => new($"clear table {Name(table)} key {Value(key, nameof(key))}", true, CommandOutcome.Done);

    private static string List(string list) =>
        list is ['@', ..] ? throw new ArgumentException("A name that begins with '@' is a version's number to HAProxy.", nameof(list)) : Value(list, nameof(list));

    private static string Key(string key) =>
        key.StartsWith("#0x", StringComparison.Ordinal) ? throw new ArgumentException("A key that begins with \"#0x\" is an entry's reference to HAProxy.", nameof(key)) : Value(key, nameof(key));
}
