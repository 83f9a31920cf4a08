using DbSwitch.App.Contracts;
using DbSwitch.App.Notifying;

namespace DbSwitch.Tests.Notifying;

/// <summary>What of all that changes is worth telling others.</summary>
public sealed class NoticeRulesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly SwitchView Well = new("orders", "db_servers", "ok", new SelectionView("db1", 1, Now, "ann", ""), null, null, null, [], [], []);

    [Fact]
    public void The_first_look_is_news_only_where_something_is_wrong()
    {
        Events(null, Well).ShouldBeEmpty();
        Events(null, Well with { Pause = new PauseView("ann", "", Now), Hold = new HoldView("ann", "", Now, Now) }).ShouldBeEmpty();
        Events(null, Well with { Problems = ["p: dead"] }).ShouldBe(["trouble"]);
    }

    [Fact]
    public void Each_change_is_told_once_and_another_problem_beside_the_first_is_no_other_trouble()
    {
        Events(Well, Well).ShouldBeEmpty();
        Events(Well, Well with { Pause = new PauseView("ann", "", Now) }).ShouldBe(["paused"]);
        Events(Well with { Pause = new PauseView("ann", "", Now) }, Well).ShouldBe(["resumed"]);
        Events(Well, Well with { Hold = new HoldView("ann", "", Now, Now) }).ShouldBe(["held"]);
        Events(Well with { Hold = new HoldView("ann", "", Now, Now) }, Well).ShouldBe(["released"]);
        Events(Well, Well with { Problems = ["p: dead", "q: dead"] }).ShouldBe(["trouble"]);
        Events(Well with { Problems = ["p: dead"] }, Well with { Problems = ["p: dead", "q: dead"] }).ShouldBeEmpty();
        Events(Well with { Problems = ["p: dead"] }, Well).ShouldBe(["recovered"]);
    }

    private static IEnumerable<string> Events(SwitchView? before, SwitchView now) => NoticeRules.Between(before, now).Select(n => n.Event);
}
