using DbSwitch.Configuration.Values;

namespace DbSwitch.Configuration.Binding;

/// <summary>The section <c>postgres</c> of a switch: how its targets of that kind are asked, and what they must fulfil.</summary>
internal static class PostgresBinder
{
    private const long MostLag = 1L << 40;
    private static readonly Func<string, Converted<TimeSpan>> TransactionAge = Durations.Between(TimeSpan.Zero, TimeSpan.FromHours(24));

    public static PostgresDatabase Bind(Section section, Reading reading)
    {
        var bound = new PostgresDatabase(
            section.Required("user", Names.Reference, ""),
            section.OptionalOrNull<Secret>("password", text => new Secret(text)),
            section.Optional("database", Names.Reference, "postgres"));
        bound = bound with
        {
            Tls = section.Optional("tls", Tls, bound.Tls),
            AuthorityFile = section.OptionalOrNull("ca", Paths.FileIn(reading.Folder)),
            MaxLag = section.Optional("max_lag", Sizes.UpTo(MostLag), bound.MaxLag),
            MaxTransactionAge = section.Optional("max_transaction_age", TransactionAge, bound.MaxTransactionAge),
            Promote = section.Optional("promote", Promote, bound.Promote),
            HookFile = section.OptionalOrNull("hook", Paths.FileIn(reading.Folder)),
        };
        if ((bound.Promote == Promotion.Hook) != section.Has("hook"))
        {
            section.Complain(section.Has("hook") ? "has a \"hook\", which \"promote: hook\" alone calls" : "has \"promote: hook\" and no \"hook\" that says which program");
        }

        return bound;
    }

    public static Converted<PostgresTls> Tls(string text) => text switch
    {
        "disable" => PostgresTls.Disable,
        "require" => PostgresTls.Require,
        "verify-ca" => PostgresTls.VerifyCa,
        "verify-full" => PostgresTls.VerifyFull,
        _ => new Wrong("is none of disable, require, verify-ca and verify-full"),
    };

    private static Converted<Promotion> Promote(string text) => text switch
    {
        "none" => Promotion.None,
        "follow" => Promotion.Follow,
        "hook" => Promotion.Hook,
        "sql" => Promotion.Sql,
        _ => new Wrong("is none of none, follow, hook and sql"),
    };
}
