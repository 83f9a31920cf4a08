namespace DbSwitch.Tests.Companion;

/// <summary>The script's own commands in the Runtime API.</summary>
public sealed class CommandTests
{
    [Theory, EveryHaproxy]
    public async Task A_generation_only_grows(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version);

        (await scene.TellAsync("set dbswitch generation db_servers 7")).ShouldBe("done");
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");
        (await scene.TellAsync("set dbswitch generation db_servers 7")).ShouldBe("done");
        (await scene.TellAsync("set dbswitch generation db_servers 8")).ShouldBe("done");

        (await scene.StateAsync())["generation"].ShouldBe(8);
    }

    [Theory, EveryHaproxy]
    public async Task The_generation_is_kept_over_a_restart_and_a_reload(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version);
        (await scene.TellAsync("set dbswitch generation db_servers 7")).ShouldBe("done");

        await scene.Haproxy.RestartAsync();
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");

        await scene.Haproxy.ReloadAsync();
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");
        (await scene.StateAsync())["generation"].ShouldBe(7);
    }

    [Theory, EveryHaproxy]
    public async Task A_refusal_says_what_is_wrong(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version);

        (await scene.TellAsync("set dbswitch hold nope 5")).ShouldBe("refused: no such backend: nope");
        (await scene.TellAsync("set dbswitch hold db_servers")).ShouldBe("refused: a backend and a whole number are needed");
        (await scene.TellAsync("set dbswitch hold db_servers soon")).ShouldBe("refused: a backend and a whole number are needed");
        (await scene.TellAsync("set dbswitch hold db_servers -1")).ShouldBe("refused: a backend and a whole number are needed");
        (await scene.TellAsync("set dbswitch hold db_servers 1.5")).ShouldBe("refused: a backend and a whole number are needed");
        (await scene.TellAsync("set dbswitch generation db_servers")).ShouldBe("refused: a backend and a whole number are needed");
        (await scene.TellAsync("set dbswitch generation nope 5")).ShouldBe("refused: no such backend: nope");
        (await scene.ShowAsync()).ShouldBeNull("nothing was changed");
    }

    [Theory, InlineData("3.0"), InlineData("3.2")]
    public async Task Fence_cut_and_ready_carry_the_generation(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        await scene.Haproxy.SendAsync($"add server db_servers/db1 {database.Address}");

        (await scene.TellAsync("set dbswitch ready db_servers/db1 5")).ShouldBe("done");
        using var client = await scene.ConnectAsync("hello\n");
        (await client.ReadLineAsync()).ShouldBe("db1: hello");

        (await scene.TellAsync("set dbswitch fence db_servers/db1 4")).ShouldBe("refused: generation 4 is behind 5");
        (await scene.TellAsync("set dbswitch cut db_servers/db1 4")).ShouldBe("refused: generation 4 is behind 5");
        await client.SendAsync("still here\n");
        (await client.ReadLineAsync()).ShouldBe("db1: still here");

        (await scene.TellAsync("set dbswitch fence db_servers/db1 6")).ShouldBe("done");
        (await scene.TellAsync("set dbswitch ready db_servers/db1 5")).ShouldBe("refused: generation 5 is behind 6");
        await client.SendAsync("a fence cuts nobody\n");
        (await client.ReadLineAsync()).ShouldBe("db1: a fence cuts nobody");

        (await scene.TellAsync("set dbswitch cut db_servers/db1 6")).ShouldBe("done");
        (await client.ReadLineAsync()).ShouldBeOneOf("closed", "reset");
        (await scene.StateAsync())["generation"].ShouldBe(6);
    }

    [Theory, InlineData("3.0"), InlineData("3.2")]
    public async Task An_address_is_changed_with_the_generation_too(string version)
    {
        await using var database = new EchoDatabase("moved:", ipv6: true);
        await using var scene = await CompanionScene.StartAsync(version);
        await scene.Haproxy.SendAsync("add server db_servers/db1 127.0.0.1:1");
        await scene.TellAsync("set dbswitch generation db_servers 5");

        (await scene.TellAsync($"set dbswitch address db_servers/db1 4 ::1 {database.Port}")).ShouldBe("refused: generation 4 is behind 5");
        (await scene.TellAsync("set dbswitch address db_servers/db1 5 ::1")).ShouldBe("refused: an IP address and a port are needed");
        (await scene.Haproxy.SendAsync("show servers state db_servers")).ShouldContain(" db1 127.0.0.1 ");

        (await scene.TellAsync($"set dbswitch address db_servers/db1 5 ::1 {database.Port}")).ShouldBe("done");
        await Until.TrueAsync("the address to be applied", async () => (await scene.Haproxy.SendAsync("show servers state db_servers")).Contains(" db1 ::1 ", StringComparison.Ordinal));
        (await scene.TellAsync("set dbswitch ready db_servers/db1 5")).ShouldBe("done");
        using var client = await scene.ConnectAsync("hello\n");
        (await client.ReadLineAsync()).ShouldBe("moved: hello");
    }

    [Theory, InlineData("3.0"), InlineData("3.2")]
    public async Task A_server_that_is_not_there_is_refused(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version);

        foreach (var verb in (string[])["fence", "cut", "ready"])
        {
            (await scene.TellAsync($"set dbswitch {verb} db_servers/nobody 1")).ShouldBe("refused: no such server: db_servers/nobody");
            (await scene.TellAsync($"set dbswitch {verb} db_servers 1")).ShouldBe("refused: a backend and a whole number are needed");
            (await scene.TellAsync($"set dbswitch {verb} nope/db1 1")).ShouldBe("refused: no such backend: nope");
        }
    }

    [Fact]
    public async Task HAProxy_2_6_does_not_have_them_since_its_Lua_does_not_see_added_servers()
    {
        await using var scene = await CompanionScene.StartAsync("2.6");

        foreach (var verb in (string[])["fence", "cut", "ready"])
        {
            (await scene.TellAsync($"set dbswitch {verb} db_servers/db1 1")).ShouldContain("Unknown command");
        }
    }

    [Theory, EveryHaproxy]
    public async Task Where_the_generation_can_not_be_kept_that_is_said_and_nothing_is_refused(string version)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"dbsw-{Guid.NewGuid():N}");
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { GenerationsFile = Path.Combine(folder, "generations") });

        // Before anybody has told it a generation: whoever wants to rely on it must know now.
        (await scene.TellAsync("show dbswitch")).ShouldBe($"version 1\nmemory unwritable: {folder}/generations.try: No such file or directory");
        (await scene.TellAsync("set dbswitch generation db_servers 7")).ShouldBe("done");
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");
        (await scene.TellAsync("show dbswitch")).ShouldStartWith("version 1\nmemory unwritable: ");

        // As soon as it can be written, it has what it was told meanwhile.
        Directory.CreateDirectory(folder);
        try
        {
            await Until.TrueAsync("the file to be written", async () => (await scene.TellAsync("show dbswitch")).StartsWith("version 1\nmemory ok\n", StringComparison.Ordinal));
            File.ReadAllText(Path.Combine(folder, "generations")).ShouldBe("db_servers 7\n");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory, EveryHaproxy]
    public async Task A_script_that_was_told_no_file_says_so(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Global = [$"lua-load {Path.Combine(Checkout.Root, "deploy", "dbswitch.lua")}"] });

        (await haproxy.SendAsync("show dbswitch")).ShouldStartWith("version 1\nmemory none\n");
    }
}
