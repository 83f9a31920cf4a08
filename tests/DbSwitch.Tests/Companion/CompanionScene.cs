namespace DbSwitch.Tests.Companion;

/// <summary>A real HAProxy with the script, in master-worker mode, and nothing in its backend.</summary>
internal sealed class CompanionScene : IAsyncDisposable
{
    public const string Backend = "db_servers";

    private CompanionScene(RealHaproxy haproxy) => Haproxy = haproxy;

    public RealHaproxy Haproxy { get; }

    public static async Task<CompanionScene> StartAsync(string version, TimeSpan? hold = null, RealHaproxyOptions? options = null) =>
        new(await RealHaproxy.StartAsync(version, (options ?? new RealHaproxyOptions()) with { MasterWorker = true, Companion = true, Hold = hold ?? TimeSpan.FromSeconds(20) }));

    public Task<WaitingClient> ConnectAsync(string send = "") => WaitingClient.ConnectAsync(Haproxy.ClientPort, send);

    /// <summary>A command to the script, whose answer is one line.</summary>
    public async Task<string> TellAsync(string command) => (await Haproxy.SendAsync(command)).Trim();

    public async Task<CompanionState?> ShowAsync() => CompanionState.Of(Backend, await Haproxy.SendAsync("show dbswitch"));

    public async Task<CompanionState> StateAsync() => (await ShowAsync()).ShouldNotBeNull("the script has not heard of the backend");

    /// <summary>The first time it is added; then it is only made ready.</summary>
    public async Task ActivateAsync(string address, string server = "db1")
    {
        await Haproxy.SendAsync($"add server {Backend}/{server} {address}");
        (await TellAsync($"set server {Backend}/{server} state ready")).ShouldBeEmpty();
    }

    public async Task FenceAsync(string server = "db1") => (await TellAsync($"set server {Backend}/{server} state maint")).ShouldBeEmpty();

    public Task UntilAsync(string name, long value, double seconds = 10) =>
        Until.TrueAsync($"{name} {value}", async () => await ShowAsync() is { } state && state[name] == value, seconds);

    public ValueTask DisposeAsync() => Haproxy.DisposeAsync();
}
