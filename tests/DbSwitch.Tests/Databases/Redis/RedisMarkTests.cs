using System.Globalization;
using DbSwitch.Databases;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>The number that says who has closed a server, and what was there before.</summary>
public sealed class RedisMarkTests
{
    [Fact]
    public void A_number_is_read_back_as_it_was_made_and_fits_and_a_person_sees_the_old_value()
    {
        foreach (var generation in (long[])[0, 1, 1023, 1024, long.MaxValue])
        {
            foreach (var old in (int[])[0, 1, RedisMark.MostReplicas])
            {
                foreach (var name in Enumerable.Range(0, 50).Select(i => $"switch{i}"))
                {
                    var mark = RedisMark.Of(By(name, generation), old);
                    var value = long.Parse(mark.Value, CultureInfo.InvariantCulture);

                    RedisMark.Read(value).ShouldBe(mark);
                    (value % 100).ShouldBe(old);
                    value.ShouldBeInRange(1_000_000, int.MaxValue);
                    mark.IsOfSameSwitchover(By(name, generation)).ShouldBeTrue();
                    mark.IsOfSameSwitchover(By(name, generation == long.MaxValue ? 0 : generation + 1)).ShouldBeFalse();
                    mark.IsOfSameSwitch(By(name, 77)).ShouldBeTrue();
                    mark.IsOfSameSwitch(By(name, generation) with { Manager = "another" }).ShouldBeFalse();
                }
            }
        }

        RedisMark.Read(0).ShouldBeNull();
        RedisMark.Read(999_999).ShouldBeNull();
    }

    private static Closure By(string name, long generation) => new("0123456789abcdef", name, 3, generation, "db2", null);
}
