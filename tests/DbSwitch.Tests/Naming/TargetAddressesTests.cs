using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using DbSwitch.Naming;
using HaproxyRuntime;

namespace DbSwitch.Tests.Naming;

public sealed class TargetAddressesTests : IDisposable
{
    private readonly Dictionary<string, IPAddress[]> _names = [];
    private readonly Dictionary<string, IPEndPoint> _remembered = [];
    private readonly TestLog _log = new();
    private int _changes;

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(null, "10.0.0.1,10.0.0.2", "10.0.0.1")]
    [InlineData("10.0.0.2", "10.0.0.1,10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.3", "10.0.0.1,10.0.0.2", "10.0.0.1")]
    [InlineData("10.0.0.3", "", "10.0.0.3")]
    [InlineData(null, "", null)]
    public void A_present_address_stays_while_it_is_among_the_answers(string? present, string answers, string? chosen) =>
        AddressChoice.Choose(present is null ? null : IPAddress.Parse(present), [.. answers.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)])?.ToString().ShouldBe(chosen);

    [Theory]
    [InlineData(false, "2001:db8::1,10.0.0.2,10.0.0.3", "10.0.0.2,10.0.0.3")]
    [InlineData(true, "10.0.0.1,10.0.0.2,2001:db8::1", "2001:db8::1")]
    public void While_clients_use_an_address_no_other_of_its_family_is_tried(bool inUse, string answers, string others)
    {
        IPAddress[] all = [.. answers.Split(',').Select(IPAddress.Parse)];
        AddressChoice.Others(all[0], all, inUse).Select(a => a.ToString()).ShouldBe(others.Split(','));
    }

    [Fact]
    public async Task A_literal_is_never_asked_for()
    {
        var addresses = Of(("a", "10.0.0.1"));
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        addresses.Of("a").ShouldBe(new TargetAddress(IPEndPoint.Parse("10.0.0.1:5432"), null));
        _changes.ShouldBe(0);
    }

    [Fact]
    public async Task A_name_is_followed_and_each_new_address_remembered()
    {
        var addresses = Of(("a", "a.test"));
        _names["a.test"] = [IPAddress.Parse("10.0.0.1")];
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        _names["a.test"] = [IPAddress.Parse("2001:db8::1")];
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        addresses.Of("a").Address.ShouldBe(IPEndPoint.Parse("[2001:db8::1]:5432"));
        _remembered["a"].ShouldBe(IPEndPoint.Parse("[2001:db8::1]:5432"));
        _changes.ShouldBe(2);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_keeps_its_last_good_address_and_says_so_once()
    {
        var addresses = Of(lastGood: new() { ["a"] = IPEndPoint.Parse("10.0.0.7:5432") }, ("a", "a.test"));
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        addresses.Of("a").Address.ShouldBe(IPEndPoint.Parse("10.0.0.7:5432"));
        addresses.Of("a").Problem.ShouldNotBeNull().ShouldContain("a.test does not resolve");
        _log.Lines.Count.ShouldBe(1);

        // That it does not resolve is new once.
        _changes.ShouldBe(1);
    }

    [Fact]
    public async Task A_last_good_address_of_another_port_is_not_used()
    {
        var addresses = Of(lastGood: new() { ["a"] = IPEndPoint.Parse("10.0.0.7:1") }, ("a", "a.test"));
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        addresses.Of("a").Address.ShouldBeNull();
    }

    [Fact]
    public async Task Two_targets_that_resolve_to_one_address_are_refused()
    {
        var addresses = Of(("a", "a.test"), ("b", "b.test"));
        _names["a.test"] = _names["b.test"] = [IPAddress.Parse("10.0.0.1")];
        await addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        addresses.Of("a").Address.ShouldNotBeNull();
        addresses.Of("b").ShouldBe(new TargetAddress(null, "b.test resolves to 10.0.0.1:5432, which is a's address: two targets can't share one"));
    }

    [Fact]
    public async Task A_resolver_that_hangs_delays_no_other_name_for_longer_than_the_deadline()
    {
        var clock = new TestClock();
        var never = new TaskCompletionSource<IPAddress[]>();
        var addresses = new TargetAddresses(
            Switch(("a", "hangs.test"), ("b", "b.test")), (name, _) => name == "b.test" ? Task.FromResult(new[] { IPAddress.Loopback }) : never.Task,
            new Dictionary<string, IPEndPoint>(), (_, _) => Task.CompletedTask, clock, _log);
        var resolving = addresses.ResolveAllAsync(TestContext.Current.CancellationToken);
        resolving.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(5));
        await resolving;
        addresses.Of("b").Address.ShouldNotBeNull();
        addresses.Of("a").Problem.ShouldBe("the name hangs.test did not resolve within 5 s");
    }

    private static SwitchConfiguration Switch(params (string Name, string Host)[] targets) =>
        new("orders", "be", ["p"], targets.ToDictionary(t => t.Name, t => new TargetConfiguration(t.Name, new HostPort(t.Host, 5432))), null);

    private TargetAddresses Of(params (string Name, string Host)[] targets) => Of([], targets);

    private TargetAddresses Of(Dictionary<string, IPEndPoint> lastGood, params (string Name, string Host)[] targets)
    {
        var addresses = new TargetAddresses(
            Switch(targets),
            (name, _) => _names.TryGetValue(name, out var found) ? Task.FromResult(found) : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
            lastGood,
            (target, address) =>
            {
                _remembered[target] = address;
                return Task.CompletedTask;
            },
            TimeProvider.System,
            _log);
        addresses.Changed += () => _changes++;
        return addresses;
    }
}
