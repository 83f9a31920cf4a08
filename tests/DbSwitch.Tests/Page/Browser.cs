using Microsoft.Playwright;

namespace DbSwitch.Tests.Page;

/// <summary>One Chromium for all tests of the page; each looks through windows of its own. Without Chromium they are skipped, where nobody builds.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly SemaphoreSlim _starting = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A window with a storage of its own.</summary>
    internal async Task<PageWindow> OpenAsync(string address, WindowOptions? options = null)
    {
        var wanted = options ?? new WindowOptions();
        var context = await (await StartedAsync()).NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = wanted.Width, Height = wanted.Height },
            DeviceScaleFactor = wanted.Zoom,
            ColorScheme = wanted.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = wanted.IsStill ? ReducedMotion.Reduce : ReducedMotion.NoPreference,
        });
        context.SetDefaultTimeout(10_000);
        var window = new PageWindow(context, await context.NewPageAsync());
        if (wanted.Before is { } before)
        {
            await before(window.Page);
        }

        await window.Page.GotoAsync(address);
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        _starting.Dispose();
        if (_browser is { } browser)
        {
            await browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private async Task<IBrowser> StartedAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_browser is null)
            {
                var executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);
                Assert.SkipUnless(executable is not null || Environment.GetEnvironmentVariable("CI") == "true", "chromium is not installed (on Debian: apt-get install chromium).");
                Assertions.SetDefaultExpectTimeout(30_000);
                _playwright = await Playwright.CreateAsync();
                _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = Arguments });
            }

            return _browser;
        }
        finally
        {
            _starting.Release();
        }
    }
}

/// <summary>What a window is like.</summary>
internal sealed record WindowOptions
{
    /// <summary>In CSS pixels: at 200 % zoom a window has half of its own.</summary>
    public int Width { get; init; } = 1440;

    public int Height { get; init; } = 900;

    public float Zoom { get; init; } = 1;

    public bool IsDark { get; init; }

    /// <summary>Prefers reduced motion.</summary>
    public bool IsStill { get; init; }

    /// <summary>Done before the page is asked for.</summary>
    public Func<IPage, Task>? Before { get; init; }
}
