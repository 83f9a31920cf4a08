using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Postgres;

/// <summary>The section <c>postgres</c> of a switch: how its targets of that kind are asked, and what they must fulfil.</summary>
internal sealed class PostgresBinder : IDatabaseBinder
{
    private static readonly Func<string, Converted<TimeSpan>> TransactionAge = Durations.Between(TimeSpan.Zero, TimeSpan.FromHours(24));

    public string Kind => "postgres";

    public KeySet Keys { get; } = new("switches.NAME.postgres", ["user", "password", "database", "ca", "hook"], ["tls", "max_lag", "max_transaction_age", "lose_unlogged", "promote"]);

    public DatabaseConfiguration Bind(Section? section, Reading reading)
    {
        var bound = new PostgresDatabase(LoginKeys.User(section!), LoginKeys.Password(section!), section!.Optional("database", Names.Reference, "postgres"));
        return LoginKeys.Bind(bound, section, reading, Promote) with { MaxTransactionAge = section.Optional("max_transaction_age", TransactionAge, bound.MaxTransactionAge), LoseUnlogged = section.Optional("lose_unlogged", Booleans.Read, bound.LoseUnlogged) };
    }

    // The word of before there were other kinds.
    private static Converted<Promotion> Promote(string text) => text == "sql" ? Promotion.Self : LoginKeys.Promote(text);
}
