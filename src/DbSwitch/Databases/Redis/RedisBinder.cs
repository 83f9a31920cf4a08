using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Redis;

/// <summary>The section <c>redis</c> of a switch: how its targets of that kind are asked, and what they must fulfil.</summary>
internal sealed class RedisBinder : IDatabaseBinder
{
    public string Kind => "redis";

    public KeySet Keys { get; } = new("switches.NAME.redis", ["user", "password", "ca", "hook"], ["tls", "max_lag", "promote", "on_empty"]);

    public DatabaseConfiguration Bind(Section? section, Reading reading)
    {
        var bound = new RedisDatabase(section!.Optional("user", Names.Reference, RedisDatabase.DefaultUser), LoginKeys.Password(section));
        return LoginKeys.Bind(bound, section, reading, Promote) with { OnEmpty = section.Optional("on_empty", Empty, bound.OnEmpty) };
    }

    // Whoever writes a file for both kinds may use PostgreSQL's word.
    private static Converted<Promotion> Promote(string text) => text == "sql" ? Promotion.Self : LoginKeys.Promote(text);

    private static Converted<OnEmpty> Empty(string text) => text switch
    {
        "hold" => OnEmpty.Hold,
        "serve" => OnEmpty.Serve,
        _ => new Wrong("is none of hold and serve"),
    };
}
