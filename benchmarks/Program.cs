using DbSwitch.Benchmarks;

// Each figure is a median over runs on this machine, beside what it is to be held against in the same run: machines differ, ratios less so.
var wanted = args.Length > 0 ? args : ["library", "reload", "switch", "proxy-host", "companion", "waiting", "api", "status", "idle", "postgres", "redis"];
foreach (var name in wanted)
{
    switch (name)
    {
        case "library":
            await LibraryBenchmark.RunAsync();
            break;
        case "reload":
            await ReloadBenchmark.RunAsync();
            break;
        case "switch":
            await SwitchBenchmark.RunAsync();
            break;
        case "switch-idle":
            await SwitchBenchmark.IdleAsync();
            break;
        case "proxy-host":
            await ProxyHostBenchmark.RunAsync();
            break;
        case "companion":
            await CompanionBenchmark.RunAsync();
            break;
        case "waiting":
            await WaitingBenchmark.RunAsync();
            break;
        case "api":
            await ApiBenchmark.RunAsync();
            break;
        case "status":
            await ExecutableBenchmarks.StatusAsync();
            break;
        case "idle":
            await ExecutableBenchmarks.IdleAsync();
            break;
        case "postgres":
            await PostgresBenchmark.RunAsync();
            break;
        case "redis":
            await RedisBenchmark.RunAsync();
            break;
        default:
            await Console.Error.WriteLineAsync($"bench: there is no \"{name}\"; there are library, reload, switch, switch-idle, proxy-host, companion, api, status, idle, postgres and redis.");
            return 2;
    }
}

return 0;
