using DbSwitch.Tests.Http;

namespace DbSwitch.Tests.Page;

/// <summary>
/// That the page is there at once, shows a change at once, and costs the manager next to nothing while nothing happens. Times depend on the machine, so these are figures and no part of
/// the ordinary run: <c>./test -- --filter SpeedTests -- xUnit.Explicit=on</c>.
/// </summary>
[Collection(nameof(Alone))]
[Trait("Category", "Slow")]
public sealed class SpeedTests(Browser browser) : IClassFixture<Browser>
{
    private const int Pages = 50;
    private const int Windows = 3;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    [Fact(Explicit = true)]
    public async Task It_can_be_used_within_200_ms_of_the_first_byte_and_shows_a_change_within_100_ms()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await ann.GoesToAsync("backend-db1");
        var (there, shown) = (new List<double>(), new List<double>());

        // The best of some: a machine that does something else meanwhile says nothing about the page.
        for (var i = 0; i < 5; i++)
        {
            await ann.Page.Context.AddInitScriptAsync("""
                new MutationObserver((_, o) => { if (document.querySelector('h1 .name')?.textContent) { window.usable = performance.now(); o.disconnect(); } }).observe(document, { childList: true, subtree: true, characterData: true });
                """);
            await ann.Page.ReloadAsync();
            await ann.GoesToAsync("backend-db1");
            there.Add(await ann.Page.EvaluateAsync<double>("window.usable - performance.getEntriesByType('navigation')[0].responseStart"));
            shown.Add(await ann.Page.EvaluateAsync<double>("""
                async (reason) => {
                    const shown = new Promise((resolve) => new MutationObserver((_, o) => { if (document.querySelector('.notice-more').textContent.endsWith(reason)) { o.disconnect(); resolve(performance.now()); } })
                        .observe(document.querySelector('.notices'), { childList: true, subtree: true, characterData: true, attributes: true }));
                    const headers = { Authorization: `Bearer ${sessionStorage.getItem('dbswitch-token')}`, 'Content-Type': 'application/json' };
                    await fetch('/api/v1/switches/orders/pause', { method: 'POST', headers, body: JSON.stringify({ reason }) });
                    const done = performance.now();
                    const took = await shown - done;
                    await fetch('/api/v1/switches/orders/resume', { method: 'POST', headers, body: '{}' });
                    return took;
                }
                """, $"measured {i}"));
            await PageWindow.ShowsAsync(ann.Notices, "All is as it should be.");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"usable after {string.Join(", ", there.Select(t => $"{t:0}"))} ms; a change shown after {string.Join(", ", shown.Select(t => $"{t:0}"))} ms");
        there.Min().ShouldBeLessThan(200);
        shown.Min().ShouldBeLessThan(100);
    }

    [Fact(Explicit = true)]
    public async Task Fifty_open_pages_cost_the_manager_less_than_two_percent_of_a_core_while_nothing_happens()
    {
        await using var scene = await PageScene.StartedAsync();
        using var http = scene.Manager.OverTcp();

        // Once for nothing: what fifty requests at once make the runtime compile anew, in the seconds after them, is a cost of the first ones and not of a page.
        await WithPagesAsync(http, () => Task.Delay(Watched, TestContext.Current.CancellationToken));
        var alone = await ShareAsync(scene.Manager);
        var listenedTo = 0.0;
        await WithPagesAsync(http, async () => listenedTo = await ShareAsync(scene.Manager));

        TestContext.Current.TestOutputHelper?.WriteLine($"{alone:P2} of a core alone, {listenedTo:P2} with {Pages} pages");
        (listenedTo - alone).ShouldBeLessThan(0.02);
    }

    private static async Task WithPagesAsync(HttpClient http, Func<Task> meanwhile)
    {
        var listeners = new List<EventClient>();
        try
        {
            for (var i = 0; i < Pages; i++)
            {
                listeners.Add(await EventClient.ListenAsync(http));
            }

            await meanwhile();
        }
        finally
        {
            foreach (var one in listeners)
            {
                await one.DisposeAsync();
            }
        }
    }

    /// <summary>Of one core: the least of some times, since a machine that does something else meanwhile says nothing about the manager.</summary>
    private static async Task<double> ShareAsync(ManagerProcess manager)
    {
        using var process = System.Diagnostics.Process.GetProcessById(manager.Pid);
        var shares = new List<double>();
        for (var i = 0; i < Windows; i++)
        {
            process.Refresh();
            var (before, since) = (process.TotalProcessorTime, System.Diagnostics.Stopwatch.GetTimestamp());
            await Task.Delay(Watched, TestContext.Current.CancellationToken);
            process.Refresh();
            shares.Add((process.TotalProcessorTime - before) / System.Diagnostics.Stopwatch.GetElapsedTime(since));
        }

        return shares.Min();
    }
}
