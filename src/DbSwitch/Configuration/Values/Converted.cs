namespace DbSwitch.Configuration.Values;

/// <summary>A scalar's text as a value, or what is wrong with it as the end of a sentence that begins with the text in quotes.</summary>
internal readonly record struct Converted<T>
{
    private Converted(T? value, string? problem)
    {
        Value = value;
        Problem = problem;
    }

    /// <summary>Only to be used when there is no <see cref="Problem"/>.</summary>
    public T? Value { get; }

    public string? Problem { get; }

    public static implicit operator Converted<T>(T value) => new(value, null);

    public static implicit operator Converted<T>(Wrong wrong) => new(default, wrong.Problem);
}

/// <summary>What is wrong; turns into a <see cref="Converted{T}"/> of any type.</summary>
internal readonly record struct Wrong(string Problem);
