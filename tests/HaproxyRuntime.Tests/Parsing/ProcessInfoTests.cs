namespace HaproxyRuntime.Tests.Parsing;

public sealed class ProcessInfoTests
{
    private const string Answer = "Name: HAProxy\nVersion: 3.2.26-1\nPid: 8\nUptime: 0d 0h01m00s\nUptime_sec: 60\nStart_time_sec: 1700000000\nMaxconn: 4000\nCurrConns: 3\nStopping: 0\n";

    [Fact]
    public void Lines_are_known_by_name_in_whatever_order()
    {
        var expected = new ProcessInfo("3.2.26-1", 8, 1_700_000_000, TimeSpan.FromMinutes(1), false, 4000, 3);
        ProcessInfo.Parse(Answer).ShouldBe(expected);
        ProcessInfo.Parse(string.Join('\n', Answer.Split('\n').Reverse())).ShouldBe(expected);
        ProcessInfo.Parse(Answer.Replace("\n", "\r\n", StringComparison.Ordinal) + "Pid: 9\nnonsense\n: \n").ShouldBe(expected);
    }

    [Theory]
    [InlineData("Stopping: 0", "Stopping: 1", true)]
    [InlineData("Stopping: 0\n", "", false)]
    public void An_old_worker_says_that_it_is_stopping(string from, string to, bool stopping) => ProcessInfo.Parse(Answer.Replace(from, to, StringComparison.Ordinal)).Stopping.ShouldBe(stopping);

    [Fact]
    public void A_version_that_does_not_tell_when_it_started_started_at_0() => ProcessInfo.Parse(Answer.Replace("Start_time_sec", "Start", StringComparison.Ordinal)).StartTime.ShouldBe(0);

    [Theory]
    [InlineData("Version: 3.2.26-1\n", "", "show info has no Version")]
    [InlineData("3.2.26-1", "", "show info has no Version")]
    [InlineData("Pid: 8", "Pid: -8", "show info has no Pid that is a number")]
    [InlineData("Pid: 8", "Pid: 4294967295", "show info has no Pid that is a number")]
    [InlineData("Pid: 8\n", "", "show info has no Pid that is a number")]
    [InlineData("1700000000", "now", "show info has no Start_time_sec that is a number")]
    [InlineData("Uptime_sec: 60", "Uptime_sec: 4000000000", "show info has no Uptime_sec that is a number")]
    [InlineData("Maxconn: 4000", "Maxconn: 4000000000", "show info has no Maxconn that is a number")]
    [InlineData("CurrConns: 3", "CurrConns: ", "show info has no CurrConns that is a number")]
    public void What_is_missing_is_named(string from, string to, string problem) =>
        Should.Throw<FormatException>(() => ProcessInfo.Parse(Answer.Replace(from, to, StringComparison.Ordinal))).Message.ShouldBe(problem);
}
