using Microsoft.Playwright;

namespace DbSwitch.Tests.Page;

/// <summary>Who may look, what is shown when nothing can be known, and that it can be read on every screen.</summary>
[Trait("Category", "Slow")]
public sealed class LookingTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Without_a_token_it_looks_a_wrong_one_is_refused_and_one_that_holds_lets_it_change_for_this_tab_only()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var window = await browser.OpenAsync(scene.Address);
        await window.GoesToAsync("backend-db1");
        await PageWindow.ShowsAsync(window.Page.Locator(".who"), "looking only");
        await Assertions.Expect(window.Send("backend-db2")).ToBeDisabledAsync();
        await Assertions.Expect(window.Button("Hold…")).ToBeDisabledAsync();

        await window.Button("Enter a token…").ClickAsync();
        await window.Dialog.GetByLabel("Token").FillAsync("dbsw_wrong");
        await window.InDialog("Use it").ClickAsync();

        // It looks on as before, and says why no more than that.
        await PageWindow.ShowsAsync(window.Page.Locator(".toast"), "You are looking only.");
        await PageWindow.ShowsAsync(window.Page.Locator(".who"), "looking only");
        await PageWindow.ShowsAsync(window.Live, "live");
        await window.GoesToAsync("backend-db1");
        await window.Button("Enter a token…").ClickAsync();
        await window.Dialog.GetByLabel("Token").FillAsync(scene.Token);
        await window.InDialog("Use it").ClickAsync();
        await PageWindow.ShowsAsync(window.Page.Locator(".who"), "ann (token)");
        await Assertions.Expect(window.Send("backend-db2")).ToBeEnabledAsync();

        await window.Page.ReloadAsync();
        await PageWindow.ShowsAsync(window.Page.Locator(".who"), "ann (token)");
        var tab = await window.Page.Context.NewPageAsync();
        await tab.GotoAsync(scene.Address);
        await PageWindow.ShowsAsync(tab.Locator(".who"), "looking only");
        await window.Button("Forget the token").ClickAsync();
        await PageWindow.ShowsAsync(window.Page.Locator(".who"), "looking only");
        await Assertions.Expect(window.Send("backend-db2")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task A_manager_that_is_lost_is_shown_at_once_and_one_that_is_back_heals_it()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await Assertions.Expect(ann.Send("backend-db2")).ToBeEnabledAsync();

        await scene.Manager.KillAsync();
        await PageWindow.ShowsAsync(ann.Notices.First, "The manager does not answer since");
        await PageWindow.ShowsAsync(ann.Live, "no answer");
        await PageWindow.ShowsAsync(ann.Page.Locator("p.aloud"), "The manager does not answer.");
        await Assertions.Expect(ann.Send("backend-db2")).ToBeDisabledAsync();
        await ann.GoesToAsync("backend-db1");
        await ann.PictureAsync("lost");

        await scene.Manager.StartAsync();
        await PageWindow.ShowsAsync(ann.Live, "live");
        await PageWindow.ShowsAsync(ann.Notices, "All is as it should be.");
        await Assertions.Expect(ann.Send("backend-db2")).ToBeEnabledAsync();
        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "by the command line")).ShouldBe(0);
        await ann.GoesToAsync("backend-db2");
        await PageWindow.ShowsAsync(ann.Page.Locator(".since"), "by the command line");
    }

    [Fact]
    public async Task Sessions_are_shown_where_they_are_and_not_while_nothing_is_known()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var window = await browser.OpenAsync(scene.Address);
        var (proxy, db1, db2) = (window.Page.Locator(".proxy .load"), window.Page.Locator(".target .load").First, window.Page.Locator(".target .load").Last);
        await PageWindow.ShowsAsync(db1, "no open sessions");
        using var client = new DbClient(scene.Scene.Haproxy.ClientPort);
        (await client.AskAsync("hello")).Line!.ShouldStartWith("db1");

        await PageWindow.ShowsAsync(db1, "1 open session, ");
        await PageWindow.ShowsAsync(proxy, "1 open session, ");
        await PageWindow.ShowsAsync(db2, "no open sessions");

        await scene.Manager.KillAsync();
        await Assertions.Expect(db1).ToBeEmptyAsync();
        await scene.Manager.StartAsync();
        await PageWindow.ShowsAsync(db1, "1 open session, 0 new a second");
    }

    [Theory]
    [InlineData("light", 1440, 900, 1, false, false)]
    [InlineData("dark", 1440, 900, 1, true, false)]
    [InlineData("phone", 375, 812, 2, false, false)]
    [InlineData("phone-dark", 375, 812, 2, true, true)]
    [InlineData("wall", 2560, 1440, 1, true, false)]
    [InlineData("zoom-200", 720, 450, 2, false, true)]
    public async Task It_can_be_read_on_every_screen(string name, int width, int height, float zoom, bool isDark, bool isStill)
    {
        await using var scene = await PageScene.StartedAsync();
        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "db1 gets a new disk")).ShouldBe(0);
        (await scene.Manager.RunAsync("select", "backend-db1", "--reason", "the disk is in")).ShouldBe(0);
        await using var ann = await browser.OpenAsync(scene.AnnsAddress, new WindowOptions { Width = width, Height = height, Zoom = zoom, IsDark = isDark, IsStill = isStill });
        await Assertions.Expect(ann.Page.Locator(".pasts li")).ToHaveCountAsync(2);
        await PageWindow.ShowsAsync(ann.Notices, "All is as it should be.");
        await PageWindow.ShowsAsync(ann.Page.Locator(".proxy .load"), "open session");

        await ann.FitsAsync();
        await ann.IsAccessibleAsync();

        // What is looked for is there without scrolling, and on a narrow screen there are no lines between the cards.
        if (height > 500)
        {
            (await ann.Send("backend-db2").BoundingBoxAsync())!.Y.ShouldBeLessThan(height - 20);
        }

        if (width > 900)
        {
            (await ann.Page.Locator("[data-way=lit] > .flow").First.EvaluateAsync<string>("(flow) => getComputedStyle(flow).animationName")).ShouldBe(isStill ? "none" : "flow");
        }

        await ann.PictureAsync(name);

        await ann.Send("backend-db2").ClickAsync();
        await PageWindow.ShowsAsync(ann.Dialog, "clients would move");
        await ann.FitsAsync();
        await ann.IsAccessibleAsync();
        (await ann.Dialog.EvaluateAsync<int>("(dialog) => dialog.scrollWidth - dialog.clientWidth")).ShouldBeLessThanOrEqualTo(0);
        await ann.PictureAsync(name + "-dialog");
    }

    [Fact]
    public async Task Whatever_a_name_a_reason_or_a_database_says_is_shown_as_text()
    {
        const string Hostile = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>";
        await using var scene = await PageScene.StartedAsync();
        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", Hostile)).ShouldBe(0);
        await using var real = await browser.OpenAsync(scene.Address);
        await PageWindow.ShowsAsync(real.Page.Locator(".since"), Hostile);
        await PageWindow.ShowsAsync(real.Page.Locator(".pasts li").First, Hostile);

        // Names and a database's words that no manager lets pass, in case one does.
        var view = (await new HttpClient().GetStringAsync($"{scene.Address}api/v1/switches/orders", TestContext.Current.CancellationToken))
            .Replace("backend-db1", System.Text.Json.JsonEncodedText.Encode(Hostile).ToString(), StringComparison.Ordinal)
            .Replace("\"summary\":\"\"", $"\"summary\":\"{System.Text.Json.JsonEncodedText.Encode(Hostile)}\"", StringComparison.Ordinal);
        await using var fake = await browser.OpenAsync(scene.Address, new WindowOptions
        {
            Before = page => page.RouteAsync("**/api/v1/events", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/event-stream", Body = $"event: switch\ndata: {view}\n\n" })),
        });
        await PageWindow.ShowsAsync(fake.Page.Locator(".target h3").First, Hostile);
        await PageWindow.ShowsAsync(fake.Page.Locator(".target .probe").First, Hostile);
        foreach (var page in new[] { real.Page, fake.Page })
        {
            (await page.EvaluateAsync<bool>("window.hacked === undefined")).ShouldBeTrue();
            (await page.Locator("img, main script").CountAsync()).ShouldBe(0);
        }
    }
}
