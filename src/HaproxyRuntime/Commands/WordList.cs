using System.Net;
using System.Text;

namespace HaproxyRuntime;

/// <summary>Keywords and their values, checked as they are added.</summary>
internal sealed class WordList
{
    private readonly StringBuilder _words = new();

    public static string Literal(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? throw new ArgumentException($"HAProxy can't use an address with a zone ({address}).", nameof(address))
            : address.ToString();

    public void Add(string? keyword)
    {
        if (keyword is not null)
        {
            _words.Append(' ').Append(keyword);
        }
    }

    public void Add(string keyword, bool given) => Add(given ? keyword : null);

    public void Add(string keyword, string? value)
    {
        if (value is not null)
        {
            Add(keyword);
            Add(RuntimeCommand.Value(value, keyword));
        }
    }

    public void Add(string keyword, int? value, int lowest, int highest)
    {
        if (value is { } number)
        {
            Add(keyword, RuntimeCommand.Number(number, lowest, highest, keyword));
        }
    }

    public void Add(string keyword, TimeSpan? value)
    {
        if (value is { } duration)
        {
            Add(keyword, RuntimeCommand.Duration(duration, keyword) + "ms");
        }
    }

    public override string ToString() => _words.ToString();
}
