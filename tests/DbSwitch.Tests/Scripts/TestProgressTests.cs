using System.Text.RegularExpressions;
using DbSwitch.Testing.Progress;
using Microsoft.VisualStudio.TestPlatform.ObjectModel;
using Ended = Microsoft.VisualStudio.TestPlatform.ObjectModel.TestResult;

namespace DbSwitch.Tests.Scripts;

/// <summary>What <c>./test</c> shows while it runs: <c>scripts/test-progress</c>, fed with lines as the tests' logger writes them.</summary>
public sealed class TestProgressTests : IDisposable
{
    private static readonly string Script = Path.Combine(Checkout.Root, "scripts", "test-progress");

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("0 0 0 1742 0", "0:00  0 of 1742 done, 0 failed")]
    [InlineData("400 2 30 1742 725", "12:05  432 of 1742 done, 2 failed, 30 skipped, about 37 min left")]
    [InlineData("1700 0 0 1742 1200", "20:00  1700 of 1742 done, 0 failed, less than a minute left")]
    [InlineData("10 0 0 1742 20", "0:20  10 of 1742 done, 0 failed")]
    [InlineData("10 1 0 0 60", "1:00  11 done, 1 failed")]
    [InlineData("12 0 0 11 60", "1:00  12 done, 0 failed")]
    [InlineData("1742 0 0 1742 1200", "20:00  1742 of 1742 done, 0 failed")]
    public async Task A_line_says_how_many_are_done_what_failed_and_about_how_long_it_takes(string numbers, string line) =>
        (await Shell.RunAsync("bash", "-c", $". '{Script}'; progress_line {numbers}")).ShouldBe(line + "\n");

    [Fact]
    public async Task A_failure_is_told_at_once_with_its_message()
    {
        await File.WriteAllTextAsync(_file, "passed\t0.1\tOne.That_works\t\n" + @"failed	1.5	Another(text: ""a\\nb"")	was\n    5\nbut should be\n    C:\\new" + "\nskipped\t0.0\tOne.More\tnot here\nend\n", TestContext.Current.CancellationToken);

        WithoutTime(await Shell.RunAsync(Script, _file, "4")).ShouldBe(
            "FAILED  Another(text: \"a\\nb\")\n        was\n            5\n        but should be\n            C:\\new\nTIME  2 of 4 done, 1 failed\nTIME  3 of 4 done, 1 failed, 1 skipped\n");
    }

    [Fact]
    public void The_logger_writes_one_line_whatever_the_message()
    {
        var test = new TestCase("One.That_fails", new Uri("executor://any"), "any.dll") { DisplayName = "One.That_fails(text: \"a\tb\")" };
        ProgressLogger.LineOf(new Ended(test) { Outcome = TestOutcome.Failed, Duration = TimeSpan.FromMilliseconds(1520), ErrorMessage = "was\r\n  C:\\new" })
            .ShouldBe("failed\t1.5\tOne.That_fails(text: \"a\\tb\")\twas\\n  C:\\\\new");
        ProgressLogger.LineOf(new Ended(test) { Outcome = TestOutcome.Passed }).ShouldStartWith("passed\t0.0\t");
        ProgressLogger.LineOf(new Ended(test) { Outcome = TestOutcome.Skipped, ErrorMessage = "not here" }).ShouldStartWith("skipped\t0.0\t");
    }

    [Fact]
    public async Task It_follows_the_file_while_that_grows_even_by_parts_of_a_line()
    {
        var shown = Shell.RunAsync(Script, _file, "2");
        foreach (var part in (string[])["passed\t0.1\tOn", "e\t\npassed\t", "0.1\tTwo\t\n", "en", "d\n"])
        {
            shown.IsCompleted.ShouldBeFalse();
            await File.AppendAllTextAsync(_file, part, TestContext.Current.CancellationToken);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }

        (await shown).ShouldEndWith("  2 of 2 done, 0 failed\n");
    }

    [Fact]
    public async Task At_a_terminal_it_is_one_line_that_changes()
    {
        await File.WriteAllTextAsync(_file, "passed\t0.1\tOne\t\nend\n", TestContext.Current.CancellationToken);
        Needs.Program("script", (await Shell.RunAsync("bash", "-c", "command -v script || true")).Length > 0);

        (await Shell.RunAsync("script", "-qec", $"bash -c \"'{Script}' '{_file}' 1; echo next\"", "/dev/null")).ShouldBe("\r\e[Knext\r\n");
    }

    private static string WithoutTime(string shown) => Regex.Replace(shown, @"^\d+:\d\d", "TIME", RegexOptions.Multiline);
}
