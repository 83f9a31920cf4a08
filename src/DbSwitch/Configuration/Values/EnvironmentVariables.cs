using System.Text;

namespace DbSwitch.Configuration.Values;

/// <summary>
/// Puts the environment's values for <c>${NAME}</c> into one scalar's text. It happens after YAML has been read, so a value can't add
/// keys, and what comes in isn't looked at again. <c>$${</c> stands for <c>${</c>; any other <c>$</c> for itself.
/// </summary>
internal static class EnvironmentVariables
{
    /// <summary>Longer than any value of ours: a variable is checked against it as it comes in, so that a file can't multiply it.</summary>
    public const int LongestValue = 4096;

    /// <summary>A problem here is a whole sentence.</summary>
    public static Converted<string> Expand(string text, Func<string, string?> environment)
    {
        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var rest = text.AsSpan(i);
            if (rest.StartsWith("$${"))
            {
                expanded.Append("${");
                i += 3;
            }
            else if (rest.StartsWith("${"))
            {
                var length = rest.IndexOf('}');
                var name = length < 0 ? "" : rest[2..length].ToString();
                if (!IsName(name))
                {
                    return new Wrong("\"${\" begins a variable, and what follows is not NAME}; write $${ when the two characters are meant");
                }

                if (environment(name) is not { } value)
                {
                    return new Wrong($"the environment variable {name} is not set");
                }

                expanded.Append(value);
                i += length + 1;
            }
            else
            {
                expanded.Append(rest[0]);
                i++;
            }

            if (expanded.Length > LongestValue)
            {
                return new Wrong($"the value is longer than {LongestValue} characters");
            }
        }

        return expanded.ToString();
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
