using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace DbSwitch.Tests.Page;

/// <summary>A window with the page in it. What the browser complains of fails the test when the window is closed: a script's error, or a breach of the content policy.</summary>
internal sealed class PageWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    public PageWindow(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            // The network's own trouble is what some tests make on purpose, and the page has to show it.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _complaints.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    public ILocator Headline => Page.Locator("h1");

    public ILocator Notices => Page.Locator(".notice");

    public ILocator Dialog => Page.Locator("dialog[open]");

    public ILocator Live => Page.Locator(".link");

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>The button on a target's card.</summary>
    public ILocator Send(string target) => Button(SendName(target));

    public ILocator InDialog(string name) => Dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = name, Exact = true });

    /// <summary>What the button on a target's card is called.</summary>
    public static string SendName(string target) => $"Send clients here… ({target})";

    /// <summary>Waits for these words in a place.</summary>
    public static Task ShowsAsync(ILocator where, string words, float seconds = 10) =>
        Assertions.Expect(where).ToContainTextAsync(words, new LocatorAssertionsToContainTextOptions { Timeout = seconds * 1000 });

    public static Task GoneAsync(ILocator what) => Assertions.Expect(what).ToHaveCountAsync(0);

    public Task GoesToAsync(string target) => ShowsAsync(Headline, $"Clients go to {target}");

    /// <summary>Nothing is wider than the window.</summary>
    public async Task FitsAsync() =>
        (await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBeLessThanOrEqualTo(0);

    /// <summary>axe-core finds nothing that it calls serious or critical.</summary>
    public async Task IsAccessibleAsync()
    {
        var axe = Directory.Exists(AxeFolder) ? Directory.GetFiles(AxeFolder, "*.js").Order(StringComparer.Ordinal).LastOrDefault() : null;
        Assert.SkipUnless(axe is not null || Environment.GetEnvironmentVariable("CI") == "true", "axe-core is missing: scripts/get-axe fetches it.");
        await Page.EvaluateAsync(await File.ReadAllTextAsync(axe!, TestContext.Current.CancellationToken));

        // A colour on its way to another is neither.
        await Page.EvaluateAsync("async () => { await Promise.allSettled(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished)); }");
        var found = await Page.EvaluateAsync<JsonElement>("async () => (await axe.run()).violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | ')}`)");
        found.EnumerateArray().Select(v => v.GetString()).ShouldBeEmpty();
    }

    /// <summary>Into artifacts/screenshots.</summary>
    public Task<byte[]> PictureAsync(string name) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Checkout.Root, "artifacts", "screenshots", name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _complaints.ShouldBeEmpty();
    }

    private static string AxeFolder => Path.Combine(Checkout.Root, "artifacts", "axe");
}
