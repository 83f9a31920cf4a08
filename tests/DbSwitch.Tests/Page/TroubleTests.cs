using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace DbSwitch.Tests.Page;

/// <summary>What is wrong looks wrong: the headline is what clients experience, and nothing is green that is not well.</summary>
[Trait("Category", "Slow")]
public sealed class TroubleTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_dead_database_and_a_dead_proxy_are_the_headline()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var window = await browser.OpenAsync(scene.Address);
        await window.GoesToAsync("backend-db1");

        await scene.Scene.Db1.DisposeAsync();
        await PageWindow.ShowsAsync(window.Headline, "Clients get no answer: backend-db1 is down (refuses connections");
        await Assertions.Expect(window.Headline).ToHaveAttributeAsync("data-clients", "not-served");
        await PageWindow.ShowsAsync(window.Page.Locator(".target").First, "selected, not served");
        await PageWindow.ShowsAsync(window.Notices.First, "To send clients to backend-db2: dbswitch select backend-db2");
        await Assertions.Expect(window.Page.Locator("[data-way=lit] > .wire")).ToHaveCountAsync(0);
        await window.IsAccessibleAsync();
        await window.PictureAsync("database-down");

        await scene.Scene.Haproxy.KillAsync();
        await PageWindow.ShowsAsync(window.Headline, "Clients get no answer: db-proxy is down");
        await PageWindow.ShowsAsync(window.Page.Locator(".clients"), "waiting clients: unknown");
        await PageWindow.ShowsAsync(window.Page.Locator(".proxy"), "serves: unknown");
        await window.PictureAsync("proxy-down");
    }

    [Fact]
    public async Task To_select_none_looks_like_the_outage_it_is()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await ann.Button("Select none…").ClickAsync();

        await PageWindow.ShowsAsync(ann.Dialog, "This is an outage: every session is ended, and clients get no database until a target is selected again.");
        await Assertions.Expect(ann.InDialog("Select none")).ToBeEnabledAsync();
        var red = await ann.Page.EvaluateAsync<string>("(() => { const p = document.createElement('p'); p.style.color = 'var(--bad)'; document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c; })()");
        await Assertions.Expect(ann.InDialog("Select none")).ToHaveCSSAsync("background-color", red);
        await ann.IsAccessibleAsync();
        await ann.PictureAsync("select-none");

        await ann.InDialog("Select none").ClickAsync();
        await PageWindow.ShowsAsync(ann.Dialog.GetByRole(AriaRole.Status), "none is selected");
        await ann.InDialog("Close").ClickAsync();
        await PageWindow.ShowsAsync(ann.Headline, "Clients get no database: no target is selected");
    }

    [Theory]
    [InlineData("light", 1440, 900, false)]
    [InlineData("dark", 1440, 900, true)]
    [InlineData("phone", 375, 812, false)]
    public async Task Two_primaries_and_the_steps_of_a_rewind_are_shown_and_fit(string name, int width, int height, bool isDark)
    {
        const string Step = "pg_rewind --target-pgdata=/var/lib/postgresql/15/main --source-server='host=10.0.0.11 port=5432 user=dbswitch dbname=postgres'";
        await using var scene = await PageScene.StartedAsync();
        var view = JsonNode.Parse(await new HttpClient().GetStringAsync($"{scene.Address}api/v1/switches/orders", TestContext.Current.CancellationToken))!;
        view["state"] = "trouble";
        view["findings"] = new JsonArray(new JsonObject
        {
            ["code"] = "two-primaries", ["severity"] = "error", ["about"] = "backend-db2", ["sentence"] = "backend-db1 and backend-db2 both take writes (timeline 7 and timeline 6): what is written to backend-db2 will be lost",
            ["remedy"] = "Stop backend-db2 at once, then rewind it (steps below)", ["steps"] = new JsonArray("# on backend-db1", Step),
        });
        view["targets"]![1]!["probe"] = new JsonObject { ["state"] = "healthy", ["summary"] = "primary, writable, timeline 6, PostgreSQL 15.18 (Debian 15.18-0+deb12u1)", ["since"] = DateTimeOffset.UtcNow };
        await using var window = await browser.OpenAsync(scene.Address, new WindowOptions
        {
            Width = width, Height = height, IsDark = isDark,
            Before = page => page.RouteAsync("**/api/v1/events", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/event-stream", Body = $"event: switch\ndata: {view.ToJsonString()}\n\n" })),
        });

        await PageWindow.ShowsAsync(window.Notices.Filter(new LocatorFilterOptions { HasText = "both take writes" }), "Stop backend-db2 at once");
        await window.Page.Locator(".notice-steps:not([hidden]) summary").ClickAsync();
        await PageWindow.ShowsAsync(window.Page.Locator(".notice-steps:not([hidden]) .steps-text"), Step);
        await window.FitsAsync();

        // What a database says of itself has the card's whole width, beside its mark.
        var (mark, words, card) = (await Box(".target:nth-child(2) .probe .icon"), await Box(".target:nth-child(2) .probe > span"), await Box(".target:nth-child(2)"));
        words.Width.ShouldBeGreaterThan(card.Width * 0.75f);
        mark.Y.ShouldBeInRange(words.Y - 4, words.Y + 8);
        await window.PictureAsync("two-primaries-" + name);

        async Task<LocatorBoundingBoxResult> Box(string what) => (await window.Page.Locator(what).BoundingBoxAsync())!;
    }
}
