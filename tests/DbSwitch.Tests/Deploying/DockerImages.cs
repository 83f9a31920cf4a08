namespace DbSwitch.Tests.Deploying;

/// <summary>One Docker engine for all tests that need one, started by the first of them. They run alone: an image's build takes the whole machine.</summary>
public sealed class DockerImages : IAsyncDisposable
{
    private Task<DockerEngine>? _engine;

    /// <summary>Skips the test where there can be none.</summary>
    public Task<DockerEngine> EngineAsync() => _engine ??= StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_engine is { IsCompletedSuccessfully: true })
        {
            await (await _engine).DisposeAsync();
        }
    }

    private static async Task<DockerEngine> StartAsync()
    {
        var engine = await DockerEngine.StartAsync();
        try
        {
            await engine.ImportAsync("sdk", "runtime", "haproxy");
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }
}

/// <summary>The tests that share <see cref="DockerImages"/>.</summary>
[CollectionDefinition(nameof(Docker), DisableParallelization = true)]
public sealed class Docker : ICollectionFixture<DockerImages>;
