using System.Net;
using DbSwitch.App.Http.Authentication;

namespace DbSwitch.Tests.Http;

public sealed class RequestRateTests
{
    private static readonly IPAddress Ann = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Bob = IPAddress.Parse("10.0.0.2");

    private readonly TestClock _clock = new();

    [Fact]
    public void So_many_at_once_and_no_more_and_another_address_is_not_hindered()
    {
        var rate = new RequestRate(perSecond: 2, atOnce: 3, _clock);

        Enumerable.Range(0, 5).Select(_ => rate.Allows(Ann)).ShouldBe([true, true, true, false, false]);
        rate.Allows(Bob).ShouldBeTrue();
    }

    [Fact]
    public void With_time_they_come_back_and_never_more_than_at_once()
    {
        var rate = new RequestRate(perSecond: 2, atOnce: 3, _clock);
        Enumerable.Range(0, 4).Select(_ => rate.Allows(Ann)).ShouldBe([true, true, true, false]);

        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Enumerable.Range(0, 2).Select(_ => rate.Allows(Ann)).ShouldBe([true, false]);

        _clock.Advance(TimeSpan.FromHours(1));
        Enumerable.Range(0, 4).Select(_ => rate.Allows(Ann)).ShouldBe([true, true, true, false]);
    }

    [Fact]
    public void Who_has_used_his_up_is_remembered_however_many_others_ask()
    {
        var rate = new RequestRate(perSecond: 2, atOnce: 3, _clock);
        Enumerable.Range(0, 4).Select(_ => rate.Allows(Ann)).ShouldBe([true, true, true, false]);

        for (var i = 0; i < 3000; i++)
        {
            rate.Allows(new IPAddress(0x0B000000 + i)).ShouldBeTrue();
        }

        rate.Allows(Ann).ShouldBeFalse();
    }
}
