using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HaproxyRuntime;

/// <summary>A version of HAProxy: <c>2.6.12</c>, whatever a packager wrote behind it.</summary>
/// <param name="Major">2 in 2.6.12.</param>
/// <param name="Minor">6 in 2.6.12.</param>
/// <param name="Patch">12 in 2.6.12; 0 for a development version.</param>
public readonly record struct HaproxyVersion(int Major, int Minor, int Patch) : IComparable<HaproxyVersion>
{
    private static readonly SearchValues<char> DigitsAndDot = SearchValues.Create("0123456789.");

    /// <summary>The maintained branch it is of: (2, 6).</summary>
    public (int Major, int Minor) Branch => (Major, Minor);

    /// <summary>Reads what <c>show info</c> and <c>show version</c> print: <c>2.6.12-1+deb12u4</c>, <c>3.5-dev5</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out HaproxyVersion version)
    {
        version = default;
        var end = text.AsSpan().IndexOfAnyExcept(DigitsAndDot);
        var parts = (end < 0 ? text.AsSpan() : text.AsSpan(0, end)).ToString().Split('.');
        if (parts.Length < 2 || !Number(parts[0], out var major) || !Number(parts[1], out var minor))
        {
            return false;
        }

        var patch = 0;
        if (parts.Length > 2 && !Number(parts[2], out patch))
        {
            return false;
        }

        version = new HaproxyVersion(major, minor, patch);
        return true;
    }

    /// <summary>Reads what <c>show info</c> and <c>show version</c> print.</summary>
    /// <exception cref="FormatException">It is no version.</exception>
    public static HaproxyVersion Parse(string text) => TryParse(text, out var version) ? version : throw new FormatException($"\"{text}\" is not a version of HAProxy.");

    /// <summary>Whether it is this version or a later one, branches compared by number: backports are the caller's knowledge.</summary>
    public bool IsAtLeast(int major, int minor, int patch = 0) => (Major, Minor, Patch).CompareTo((major, minor, patch)) >= 0;

    /// <summary>By number: a backport makes a lower version have what a higher one has not, which <see cref="HaproxyCapabilities"/> knows.</summary>
    public int CompareTo(HaproxyVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether one version comes before another.</summary>
    public static bool operator <(HaproxyVersion left, HaproxyVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether one version comes before another, or is the same.</summary>
    public static bool operator <=(HaproxyVersion left, HaproxyVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one version comes after another.</summary>
    public static bool operator >(HaproxyVersion left, HaproxyVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether one version comes after another, or is the same.</summary>
    public static bool operator >=(HaproxyVersion left, HaproxyVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
