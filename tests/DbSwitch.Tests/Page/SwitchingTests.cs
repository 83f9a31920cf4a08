using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace DbSwitch.Tests.Page;

/// <summary>What an operator does on the page, and everybody sees.</summary>
[Trait("Category", "Slow")]
public sealed partial class SwitchingTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Selecting_another_target_shows_what_will_happen_then_each_phase_then_one_sentence_and_a_second_browser_sees_it_too()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await using var other = await browser.OpenAsync(scene.Address);
        await ann.GoesToAsync("backend-db1");
        await other.GoesToAsync("backend-db1");
        ann.Page.Url.ShouldBe(scene.Address);

        // An open session that ends when the test says so: the fence waits for it.
        using var session = new DbClient(scene.Scene.Haproxy.ClientPort);
        (await session.AskAsync("hello")).Line!.ShouldStartWith("db1");
        await ann.Send("backend-db2").ClickAsync();
        await PageWindow.ShowsAsync(ann.Dialog, "Dry run of orders: clients would move from backend-db1 to backend-db2. Nothing was touched");
        await PageWindow.ShowsAsync(ann.Dialog.Locator(".guards"), "answers, in");
        await ann.Dialog.GetByLabel("Reason").FillAsync("db1 gets a new disk");
        await ann.Dialog.GetByLabel("Drain").FillAsync("20");
        await ann.InDialog("Send clients to backend-db2").ClickAsync();

        await PageWindow.ShowsAsync(ann.Dialog.Locator("[data-phase=fence]"), "now");
        await PageWindow.ShowsAsync(ann.Dialog.Locator("[data-phase=journal]"), "done");
        await Assertions.Expect(ann.Dialog.Locator("[data-phase=pause]")).ToBeHiddenAsync();
        await PageWindow.ShowsAsync(ann.Dialog, "1 open session is left, cut in");
        await PageWindow.ShowsAsync(other.Headline, "Clients move to backend-db2");
        await PageWindow.ShowsAsync(other.Notices, "Switchover 1 to backend-db2");
        await PageWindow.ShowsAsync(other.Notices, "ann (token): db1 gets a new disk");
        await ann.PictureAsync("phases");
        session.Dispose();

        await PageWindow.ShowsAsync(ann.Dialog.GetByRole(AriaRole.Status), "backend-db2 is selected (before: backend-db1)");
        foreach (var phase in (string[])["pause", "settle", "database"])
        {
            await Assertions.Expect(ann.Dialog.Locator($"[data-phase={phase}]")).ToBeHiddenAsync();
        }

        await PageWindow.ShowsAsync(ann.Dialog.Locator("[data-phase=verify]"), "ms");
        await ann.PictureAsync("done");
        await ann.InDialog("Close").ClickAsync();
        (await scene.Scene.AnswersAsync()).ShouldBe("db2");
        await other.GoesToAsync("backend-db2");
        await PageWindow.ShowsAsync(other.Page.Locator(".pasts li").First, "ann (token): db1 gets a new disk");
        await PageWindow.ShowsAsync(other.Page.Locator(".pasts li").First.Locator(".bar title").First, "guard");
    }

    [Fact]
    public async Task A_switchover_that_waits_is_taken_back_by_who_else_looks_and_told_to_who_began_it()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await using var second = await browser.OpenAsync(scene.AnnsAddress);
        using var session = new DbClient(scene.Scene.Haproxy.ClientPort);
        (await session.AskAsync("hello")).Line!.ShouldStartWith("db1");
        await ann.Send("backend-db2").ClickAsync();
        await ann.Dialog.GetByLabel("Drain").FillAsync("30");
        await ann.InDialog("Send clients to backend-db2").ClickAsync();

        await second.Button("Take it back").ClickAsync();

        await PageWindow.ShowsAsync(ann.Dialog.GetByRole(AriaRole.Status), "Taken back");
        await second.GoesToAsync("backend-db1");
        (await session.AskAsync("still there")).Line!.ShouldStartWith("db1");
    }

    [Fact]
    public async Task What_the_manager_refuses_is_said_in_its_words_and_can_be_forced_where_a_guard_said_no()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await ann.GoesToAsync("backend-db1");
        await scene.Scene.Db2.DisposeAsync();

        await ann.Send("backend-db2").ClickAsync();
        await PageWindow.ShowsAsync(ann.Dialog.Locator(".foreseen"), "Refused: backend-db2 refuses connections");
        await Assertions.Expect(ann.InDialog("Send clients to backend-db2")).ToBeDisabledAsync();
        await ann.Dialog.GetByRole(AriaRole.Checkbox).CheckAsync();
        await PageWindow.ShowsAsync(ann.Dialog.Locator(".foreseen"), "clients would move");
        await Assertions.Expect(ann.InDialog("Send clients to backend-db2")).ToBeEnabledAsync();
        await ann.Page.Keyboard.PressAsync("Escape");
        await PageWindow.GoneAsync(ann.Dialog);
        (await scene.Scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_hold_counts_down_and_is_released_and_a_pause_says_by_whom_and_why_until_it_is_resumed()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await ann.Button("Hold…").ClickAsync();
        await ann.Dialog.GetByLabel("For").FillAsync("40");
        await ann.Dialog.GetByLabel("Reason").FillAsync("a backup");
        await ann.InDialog("Hold").ClickAsync();

        await PageWindow.ShowsAsync(ann.Headline, "New clients wait for backend-db1");
        await Assertions.Expect(ann.Notices).ToContainTextAsync(CountedDown());
        await PageWindow.ShowsAsync(ann.Notices, "ann (token): a backup");
        await Assertions.Expect(ann.Button("Pause…")).ToBeDisabledAsync();
        await ann.PictureAsync("held");
        await ann.Button("Release").ClickAsync();
        await ann.GoesToAsync("backend-db1");
        await PageWindow.ShowsAsync(ann.Page.Locator(".toast"), "released");

        await ann.Button("Pause…").ClickAsync();
        await ann.Dialog.GetByLabel("Reason").FillAsync("I look at it myself");
        await ann.InDialog("Pause").ClickAsync();
        await PageWindow.ShowsAsync(ann.Notices, "the manager looks and changes nothing");
        await PageWindow.ShowsAsync(ann.Notices, "ann (token): I look at it myself");
        await ann.Button("Resume").ClickAsync();
        await PageWindow.ShowsAsync(ann.Notices, "All is as it should be.");
    }

    [Fact]
    public async Task It_is_done_with_the_keyboard_alone_and_the_focus_comes_back()
    {
        await using var scene = await PageScene.StartedAsync();
        await using var ann = await browser.OpenAsync(scene.AnnsAddress);
        await Assertions.Expect(ann.Send("backend-db2")).ToBeEnabledAsync();
        var keyboard = ann.Page.Keyboard;
        var name = "";
        for (var i = 0; i < 20 && name != PageWindow.SendName("backend-db2"); i++)
        {
            await keyboard.PressAsync("Tab");
            name = await ann.Page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
        }

        name.ShouldBe(PageWindow.SendName("backend-db2"));
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(ann.InDialog("Send clients to backend-db2")).ToBeEnabledAsync();
        await keyboard.PressAsync("Escape");
        await PageWindow.GoneAsync(ann.Dialog);
        await Assertions.Expect(ann.Send("backend-db2")).ToBeFocusedAsync();

        await keyboard.PressAsync("Enter");
        await Assertions.Expect(ann.InDialog("Send clients to backend-db2")).ToBeEnabledAsync();
        await keyboard.TypeAsync("by hand");
        await keyboard.PressAsync("Enter");
        await PageWindow.ShowsAsync(ann.Dialog.GetByRole(AriaRole.Status), "backend-db2 is selected");
        await keyboard.PressAsync("Enter");
        await PageWindow.GoneAsync(ann.Dialog);
        await PageWindow.ShowsAsync(ann.Page.Locator("p.aloud"), "Clients go to backend-db2");
        (await scene.Scene.AnswersAsync()).ShouldBe("db2");
    }

    [GeneratedRegex("for 3[0-8] s at most")]
    private static partial Regex CountedDown();
}
