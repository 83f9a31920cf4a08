using System.Net;
using System.Runtime.CompilerServices;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Stage;

/// <summary>A store that fails where a test says so, and is the one behind it otherwise.</summary>
/// <param name="trouble">By the method's name: what it throws; null for none.</param>
internal sealed class TroubledStore(ISwitchStore inner, Func<string, Exception?> trouble) : ISwitchStore
{
    public string Identity => inner.Identity;

    public Task<StoredSwitch> LoadAsync(string name, CancellationToken cancel) => Do(() => inner.LoadAsync(name, cancel));

    public Task<bool> InitializeAsync(string name, Selection selection, IPEndPoint? address, CancellationToken cancel) => Do(() => inner.InitializeAsync(name, selection, address, cancel));

    public Task<bool> TakeOverAsync(string name, long expected, Selection selection, IPEndPoint? address, CancellationToken cancel) => Do(() => inner.TakeOverAsync(name, expected, selection, address, cancel));

    public Task<SwitchoverRecord?> BeginAsync(string name, long expected, SwitchoverRequest request, DateTimeOffset now, CancellationToken cancel) => Do(() => inner.BeginAsync(name, expected, request, now, cancel));

    public Task<Selection> CommitAsync(SwitchoverRecord switchover, IPEndPoint? address, DateTimeOffset now, CancellationToken cancel) => Do(() => inner.CommitAsync(switchover, address, now, cancel));

    public Task<Selection> RollBackAsync(SwitchoverRecord switchover, string message, bool owesUndo, DateTimeOffset now, CancellationToken cancel) => Do(() => inner.RollBackAsync(switchover, message, owesUndo, now, cancel));

    public Task SettlePromotionAsync(string name, CancellationToken cancel) => Do(() => inner.SettlePromotionAsync(name, cancel));

    public Task SettleUndoAsync(string name, CancellationToken cancel) => Do(() => inner.SettleUndoAsync(name, cancel));

    public Task RememberProxiesAsync(string name, string backend, IReadOnlyList<KnownProxy> proxies, CancellationToken cancel) => Do(() => inner.RememberProxiesAsync(name, backend, proxies, cancel));

    public Task<bool> ReleaseProxyAsync(string name, string proxy, string by, CancellationToken cancel) => Do(() => inner.ReleaseProxyAsync(name, proxy, by, cancel));

    public Task<IReadOnlyList<string>> SwitchesAsync(CancellationToken cancel) => Do(() => inner.SwitchesAsync(cancel));

    public Task EndAsync(SwitchoverRecord switchover, SwitchoverResult result, string message, DateTimeOffset now, CancellationToken cancel) => Do(() => inner.EndAsync(switchover, result, message, now, cancel));

    public Task<IReadOnlyList<SwitchoverRecord>> HistoryAsync(string name, int limit, CancellationToken cancel) => Do(() => inner.HistoryAsync(name, limit, cancel));

    public Task<SwitchoverRecord?> FindAsync(string name, long id, CancellationToken cancel) => Do(() => inner.FindAsync(name, id, cancel));

    public Task SavePauseAsync(string name, PauseState? pause, CancellationToken cancel) => Do(() => inner.SavePauseAsync(name, pause, cancel));

    public Task SaveHoldAsync(string name, HoldState? hold, CancellationToken cancel) => Do(() => inner.SaveHoldAsync(name, hold, cancel));

    public Task ProbeAsync(CancellationToken cancel) => Do(() => inner.ProbeAsync(cancel));

    public Task BackUpAsync(Stream destination, CancellationToken cancel) => Do(() => inner.BackUpAsync(destination, cancel));

    public Task SaveAddressAsync(string name, string target, IPEndPoint address, CancellationToken cancel) => Do(() => inner.SaveAddressAsync(name, target, address, cancel));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private T Do<T>(Func<T> work, [CallerMemberName] string method = "")
        where T : Task => trouble(method) is { } exception ? throw exception : work();
}
