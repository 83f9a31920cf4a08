using DbSwitch.Model;

namespace DbSwitch.Databases;

/// <summary>A database did not do what it was asked for.</summary>
/// <param name="message">Fit to follow the target's name.</param>
/// <param name="health">Whether that is the database's own doing, or may as well be ours.</param>
public sealed class DatabaseException(Health health, string message, Exception? inner = null) : Exception(PlainText.Of(message), inner)
{
    public Health Health => health;
}
