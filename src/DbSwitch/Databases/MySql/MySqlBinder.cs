using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.MySql;

/// <summary>The section <c>mysql</c> of a switch: how its targets of that kind are asked, and what they must fulfil.</summary>
internal sealed class MySqlBinder : IDatabaseBinder
{
    private static readonly Func<string, Converted<TimeSpan>> TransactionAge = Durations.Between(TimeSpan.Zero, TimeSpan.FromHours(24));
    private static readonly Func<string, Converted<TimeSpan>> Delay = Durations.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3));

    public string Kind => "mysql";

    public KeySet Keys { get; } = new("switches.NAME.mysql", ["user", "password", "ca", "hook", "replication_user", "replication_password"], ["tls", "max_lag", "max_transaction_age", "promote"]);

    public DatabaseConfiguration Bind(Section? section, Reading reading)
    {
        var bound = new MySqlDatabase(LoginKeys.User(section!), LoginKeys.Password(section!));
        bound = LoginKeys.Bind(bound, section!, reading, Promote, lagInBytes: false) with
        {
            MaxDelay = section!.Optional("max_lag", Delay, bound.MaxDelay),
            MaxTransactionAge = section.Optional("max_transaction_age", TransactionAge, bound.MaxTransactionAge),
            ReplicationUser = section.OptionalOrNull("replication_user", Names.Reference),
            ReplicationPassword = section.OptionalOrNull<Secret>("replication_password", text => new Secret(text)),
        };
        if (section.Has("replication_password") && bound.ReplicationUser is null)
        {
            section.Complain("has a \"replication_password\" and no \"replication_user\" whose it is");
        }

        return bound;
    }

    // The word that the others have had from the beginning.
    private static Converted<Promotion> Promote(string text) => text == "sql" ? Promotion.Self : LoginKeys.Promote(text);
}
