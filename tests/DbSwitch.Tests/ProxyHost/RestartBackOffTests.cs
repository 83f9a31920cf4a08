using DbSwitch.App.ProxyHost.Supervision;

namespace DbSwitch.Tests.ProxyHost;

public sealed class RestartBackOffTests
{
    private readonly TestClock _clock = new();

    [Fact]
    public void The_first_restart_is_immediate_and_the_next_ones_wait_longer_and_longer_up_to_five_seconds()
    {
        var backOff = new RestartBackOff(_clock);

        Enumerable.Range(0, 9).Select(_ => EndsAfter(backOff, TimeSpan.FromSeconds(1))).ShouldBe([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    [Fact]
    public void A_life_of_ten_seconds_is_a_good_one_and_the_next_restart_is_immediate_again()
    {
        var backOff = new RestartBackOff(_clock);
        EndsAfter(backOff, TimeSpan.FromSeconds(1));
        EndsAfter(backOff, TimeSpan.FromSeconds(1));

        EndsAfter(backOff, TimeSpan.FromSeconds(9.9)).ShouldBe(200);
        EndsAfter(backOff, TimeSpan.FromSeconds(10)).ShouldBe(0);
        EndsAfter(backOff, TimeSpan.FromSeconds(1)).ShouldBe(100);
    }

    private double EndsAfter(RestartBackOff backOff, TimeSpan life)
    {
        backOff.Started();
        _clock.Advance(life);
        return backOff.Ended().TotalMilliseconds;
    }
}
