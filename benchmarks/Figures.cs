namespace DbSwitch.Benchmarks;

/// <summary>Some measured times, shown by their least, median and greatest.</summary>
/// <param name="name">What was measured.</param>
/// <param name="unit">In what they are shown: ms or µs.</param>
internal sealed class Figures(string name, string unit = "ms")
{
    private readonly List<double> _times = [];

    public double Median => _times.Order().ElementAt(_times.Count / 2);

    public double Quantile(double share) => _times.Order().ElementAt((int)Math.Min(_times.Count - 1, share * _times.Count));

    public void Add(TimeSpan time) => _times.Add(unit == "ms" ? time.TotalMilliseconds : time.TotalMicroseconds);

    public void Show(string beside = "") => Console.WriteLine(FormattableString.Invariant($"  {name,-62} {_times.Min(),8:0.0} {Median,8:0.0} {_times.Max(),8:0.0}  {unit} {beside}").TrimEnd());

    public static void Header(string title, string unit = "ms") => Console.WriteLine($"{Environment.NewLine}{title}{Environment.NewLine}  {"",-62} {"least",8} {"median",8} {"most",8}  {unit}");
}
