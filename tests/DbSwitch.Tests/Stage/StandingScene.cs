namespace DbSwitch.Tests.Stage;

/// <summary>One scene for many tests in which nothing may change. Made by the first that needs it, so that a missing HAProxy skips a test and fails no fixture.</summary>
public sealed class StandingScene : IAsyncDisposable
{
    private readonly SemaphoreSlim _making = new(1, 1);
    private (Scene Scene, HttpClient Socket)? _made;

    internal async Task<(Scene Scene, HttpClient Socket)> GetAsync()
    {
        await _making.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_made is null)
            {
                var scene = await Scene.StartedAsync();
                _made = (scene, scene.Manager.OverSocket());
            }

            return _made.Value;
        }
        finally
        {
            _making.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _making.Dispose();
        if (_made is var (scene, _))
        {
            await scene.DisposeAsync();
        }
    }
}
