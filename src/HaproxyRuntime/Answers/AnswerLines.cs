namespace HaproxyRuntime;

/// <summary>The lines of an answer, one after the other and without a copy; those with nothing but white space are left out.</summary>
internal ref struct AnswerLines
{
    private readonly string _what;
    private ReadOnlySpan<char> _rest;

    /// <param name="answer">The answer: it ends with a line feed, unless it is empty.</param>
    /// <param name="what">The beginning of a sentence about it: "the table".</param>
    /// <exception cref="FormatException">The last line has no end: somebody cut it.</exception>
    public AnswerLines(ReadOnlySpan<char> answer, string what)
    {
        _what = what;
        _rest = answer is [] or [.., '\n'] ? answer : throw new FormatException($"{what}'s last line has no end");
    }

    /// <summary>The line that <see cref="Next"/> found, without its end.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Goes on to the next line; false when there is none.</summary>
    public bool Next()
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf('\n');
            Current = _rest[..end].TrimEnd('\r');
            _rest = _rest[(end + 1)..];
            if (!Current.IsWhiteSpace())
            {
                return true;
            }
        }

        Current = default;
        return false;
    }

    /// <summary>Goes on to the next line, which must be there and begin so.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public void Expect(string beginning)
    {
        if (!Next() || !Current.StartsWith(beginning, StringComparison.Ordinal))
        {
            throw new FormatException($"{_what} does not begin with \"{beginning.TrimEnd()}\"");
        }
    }
}
