using DbSwitch.Configuration.Values;

namespace DbSwitch.Configuration.Binding;

/// <summary>The keys that every kind of database has that is asked over a login: <c>user</c>, <c>password</c>, <c>tls</c>, <c>ca</c>, <c>max_lag</c>, <c>promote</c>, <c>hook</c>.</summary>
internal static class LoginKeys
{
    private const long MostLag = 1L << 40;

    public static string User(Section section) => section.Required("user", Names.Reference, "");

    public static Secret? Password(Section section) => section.OptionalOrNull<Secret>("password", text => new Secret(text));

    /// <summary>All but user and password, which a record can't be made without.</summary>
    /// <param name="bound">With its defaults.</param>
    /// <param name="promote">Where the kind has a word of its own; otherwise <see cref="Promote"/>.</param>
    /// <param name="lagInBytes">Whether <c>max_lag</c> is a size; a kind that measures it in another way reads it itself.</param>
    public static T Bind<T>(T bound, Section section, Reading reading, Func<string, Converted<Promotion>>? promote = null, bool lagInBytes = true)
        where T : AskedDatabase
    {
        AskedDatabase asked = bound;
        asked = asked with
        {
            Tls = section.Optional("tls", Tls, asked.Tls),
            AuthorityFile = section.OptionalOrNull("ca", Paths.FileIn(reading.Folder)),
            MaxLag = lagInBytes ? section.Optional("max_lag", Sizes.UpTo(MostLag), asked.MaxLag) : asked.MaxLag,
            Promote = section.Optional("promote", promote ?? Promote, asked.Promote),
            HookFile = section.OptionalOrNull("hook", Paths.FileIn(reading.Folder)),
        };
        if ((asked.Promote == Promotion.Hook) != section.Has("hook"))
        {
            section.Complain(section.Has("hook") ? "has a \"hook\", which \"promote: hook\" alone calls" : "has \"promote: hook\" and no \"hook\" that says which program");
        }

        return (T)asked;
    }

    public static Converted<DatabaseTls> Tls(string text) => text switch
    {
        "disable" => DatabaseTls.Disable,
        "require" => DatabaseTls.Require,
        "verify-ca" => DatabaseTls.VerifyCa,
        "verify-full" => DatabaseTls.VerifyFull,
        _ => new Wrong("is none of disable, require, verify-ca and verify-full"),
    };

    public static Converted<Promotion> Promote(string text) => text switch
    {
        "none" => Promotion.None,
        "follow" => Promotion.Follow,
        "hook" => Promotion.Hook,
        "self" => Promotion.Self,
        _ => new Wrong("is none of none, follow, hook and self"),
    };
}
