namespace DbSwitch.Benchmarks;

/// <summary>Some measured times, shown by their least, median and greatest.</summary>
internal sealed class Figures(string name)
{
    private readonly List<double> _milliseconds = [];

    public double Median => _milliseconds.Order().ElementAt(_milliseconds.Count / 2);

    public void Add(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    public void Show() => Console.WriteLine(FormattableString.Invariant($"  {name,-62} {_milliseconds.Min(),8:0.0} {Median,8:0.0} {_milliseconds.Max(),8:0.0}  ms"));

    public static void Header(string title) => Console.WriteLine($"{Environment.NewLine}{title}{Environment.NewLine}  {"",-62} {"least",8} {"median",8} {"most",8}");
}
