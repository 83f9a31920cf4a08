using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Keeping;

/// <summary>The keeper's loop on a real HAProxy, under a clock that only the test moves: what happens without the clock was nudged.</summary>
public sealed class ProxyKeeperTests : IAsyncLifetime
{
    private readonly TestClock _clock = new();
    private readonly TestLog _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<CycleResult> _results = [];
    private RealHaproxy _haproxy = null!;
    private ProxyLink _link = null!;
    private ProxyKeeper _keeper = null!;
    private Task _running = null!;
    private volatile Goal? _goal = new(1, new ServerSpec("db1_9", new IPEndPoint(IPAddress.Loopback, 9)), true);
    private volatile bool _paused;
    private volatile bool _broken;

    public async ValueTask InitializeAsync()
    {
        _haproxy = await RealHaproxy.StartAsync("3.2");
        _link = new ProxyLink("p", _haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(3) });
        _keeper = new ProxyKeeper("db_servers", _link, () => _broken ? throw new InvalidOperationException("broken") : _goal, () => _paused, Take, Decider.Decide, _clock, _log);
        _running = _keeper.RunAsync(_stop.Token);
        await Until.TrueAsync("the keeper to settle", () => Count > 0 && Last.Settled);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _keeper.Dispose();
        await _link.DisposeAsync();
        await _haproxy.DisposeAsync();
        _stop.Dispose();
        _log.Dispose();
    }

    private int Count
    {
        get
        {
            lock (_results)
            {
                return _results.Count;
            }
        }
    }

    private CycleResult Last
    {
        get
        {
            lock (_results)
            {
                return _results[^1];
            }
        }
    }

    [Fact]
    public async Task When_all_is_settled_it_looks_once_a_second()
    {
        await SettleDownAsync();
        var before = Count;
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        await QuietAsync(before);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await Until.TrueAsync("a look", () => Count == before + 1);
    }

    [Fact]
    public async Task A_nudge_makes_it_look_now()
    {
        await SettleDownAsync();
        var before = Count;
        _keeper.Nudge();
        await Until.TrueAsync("a look", () => Count == before + 1);
    }

    [Fact]
    public async Task The_end_of_the_connection_makes_it_look_now()
    {
        await SettleDownAsync();
        await _haproxy.KillAsync();
        await Until.TrueAsync("the proxy to be missed", () => Last.Observed is ProxyObservation.Unknown);
        Last.Problem.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_new_goal_is_kept_with_the_next_look_and_what_was_done_is_read_back_without_a_tick()
    {
        await SettleDownAsync();
        _goal = new Goal(2, null, false);
        _keeper.Nudge();
        await Until.TrueAsync("the server to be gone", () => Last is { Settled: true, Observed: ProxyObservation.Seen { Servers.Count: 0 } });
        lock (_results)
        {
            _results.SelectMany(r => r.Taken).TakeLast(2).ShouldBe([new Step.Maintain("db1_9"), new Step.Delete("db1_9")]);
        }
    }

    [Fact]
    public async Task Without_a_goal_it_only_looks()
    {
        await SettleDownAsync();
        _goal = null;
        await _haproxy.SendAsync("set server db_servers/db1_9 state maint");
        _keeper.Nudge();
        await Until.TrueAsync("a look", () => Last.Goal is null);
        (Last.Taken.Count, Last.Settled).ShouldBe((0, false));
        (await _haproxy.SendAsync("show servers state db_servers")).ShouldContain("db1_9 127.0.0.1 0 1");
    }

    [Fact]
    public async Task Paused_it_says_what_it_would_do()
    {
        await SettleDownAsync();
        _paused = true;
        await _haproxy.SendAsync("set server db_servers/db1_9 state maint");
        _keeper.Nudge();
        await Until.TrueAsync("the drift", () => Last.Withheld.Count > 0);
        Last.Withheld.ShouldBe([new Step.MakeReady("db1_9")]);
        Last.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_error_that_nobody_foresaw_is_reported_and_the_loop_goes_on()
    {
        await SettleDownAsync();
        _broken = true;
        _keeper.Nudge();
        await Until.TrueAsync("the report", () => Last.Problem?.Contains("an error of its own") == true);
        _log.Lines.ShouldContain(l => l.StartsWith("Error") && l.Contains("an unexpected error"));
        _broken = false;
        _keeper.Nudge();
        await Until.TrueAsync("the loop to go on", () => Last.Settled);
    }

    [Fact]
    public async Task A_frozen_proxy_is_unknown_and_nothing_more_is_sent_to_it_until_it_has_answered()
    {
        await SettleDownAsync();
        _haproxy.Freeze();
        _keeper.Nudge();
        await Until.TrueAsync("the silence to be told", () => Last.Observed is ProxyObservation.Unknown { Silent: true });
        for (var i = 0; i < 5; i++)
        {
            var before = Count;
            _keeper.Nudge();
            await Until.TrueAsync("another look", () => Count > before);
            Last.Problem.ShouldNotBeNull().ShouldContain("does not answer");
        }

        _haproxy.Thaw();
        await Until.TrueAsync("all to be well", () =>
        {
            _keeper.Nudge();
            return Last.Settled;
        });
    }

    private void Take(CycleResult result)
    {
        lock (_results)
        {
            _results.Add(result);
        }
    }

    /// <summary>Until no look follows another by itself: the last has seen that there was nothing left to do.</summary>
    /// <summary>It has reported that all is settled, and waits for the next tick.</summary>
    private Task SettleDownAsync() => Until.TrueAsync("a settled look", () => Last.Settled && _clock.IsWaitedFor);

    /// <summary>For as long as several looks would take, there is none.</summary>
    private async Task QuietAsync(int count)
    {
        for (var i = 0; i < 10; i++)
        {
            await _haproxy.SendAsync("show info");
        }

        Count.ShouldBe(count);
    }
}
