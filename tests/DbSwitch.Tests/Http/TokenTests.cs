using System.Net;

namespace DbSwitch.Tests.Http;

/// <summary>Bearer tokens: who has one may look or change, as long as it holds; who has a wrong one may nothing.</summary>
public sealed class TokenTests
{
    private const string Switch = "/api/v1/switches/orders";
    private const string ToDb2 = """{ "target": "backend-db2" }""";

    [Fact]
    public async Task An_operator_may_change_a_viewer_may_look_and_both_until_they_are_revoked()
    {
        await using var scene = await TcpScene.StartedAsync();
        var manager = scene.Manager;
        using var tcp = manager.OverTcp();
        var ann = await GiveAsync(manager, "ann", "operator");
        var eve = await GiveAsync(manager, "eve", "viewer");

        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(eve), HttpStatusCode.OK);
        await tcp.RefusedAsync(Asking.Post(Switch + "/switchovers", ToDb2).As(eve), HttpStatusCode.Forbidden, "forbidden", "eve (token) is a viewer: it may look, not change. Changes need an operator's token.");
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/backup").As(eve), HttpStatusCode.Forbidden, "forbidden", "eve (token) is a viewer");
        await tcp.RefusedAsync(Asking.Post(Switch + "/switchovers", ToDb2), HttpStatusCode.Unauthorized, "unauthorized", "Over TCP one may look, not change; for more give a token (Authorization: Bearer …, see \"dbswitch token\").");
        (await scene.AnswersAsync()).ShouldBe("db1");

        var outcome = await tcp.AskAsync(Asking.Post(Switch + "/switchovers?wait=10s", ToDb2).As(ann), HttpStatusCode.OK);
        outcome.GetProperty("switchover").GetProperty("by").GetString().ShouldBe("ann (token)");
        (await scene.AnswersAsync()).ShouldBe("db2");
        (await manager.RunAsync("history")).ShouldBe(0, "ann (token)");

        (await manager.RunAsync("token", "revoke", "ann")).ShouldBe(0, "ann's token is revoked.\n");
        await tcp.RefusedAsync(Asking.Post(Switch + "/switchovers", """{ "none": true }""").As(ann), HttpStatusCode.Unauthorized, "unauthorized", "Unknown token");
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.Unauthorized, "unauthorized", "Unknown token");
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch).With("Authorization", "Basic YW5uOmFubg=="), HttpStatusCode.Unauthorized, "unauthorized", "Unknown token");
        (await scene.AnswersAsync()).ShouldBe("db2");
        manager.Log.ShouldNotContain(ann);
        manager.Log.ShouldNotContain(eve);
    }

    [Fact]
    public async Task The_command_line_uses_a_token_too()
    {
        await using var scene = await TcpScene.StartedAsync();
        var server = $"http://127.0.0.1:{scene.Manager.Configuration.Http}";
        var ann = await GiveAsync(scene.Manager, "ann", "operator");

        (await Dbswitch.RunAsync("select", "backend-db2", "--server", server)).ShouldBe(1, "", "Over TCP one may look, not change; for more give a token");
        (await Dbswitch.RunAsync(["env", "DBSWITCH_TOKEN=" + ann], ["select", "backend-db2", "--server", server])).ShouldBe(0, "backend-db2 is selected");
        (await Dbswitch.RunAsync(["env", "DBSWITCH_TOKEN=dbsw_wrong"], ["status", "--server", server])).ShouldBe(1, "", "Unknown token");
    }

    [Fact]
    public async Task Under_sudo_the_history_has_who_stands_behind_it_as_he_says()
    {
        await using var scene = await Scene.StartedAsync();
        var me = (await Shell.RunAsync("id", "-un")).Trim();

        (await Dbswitch.RunAsync(["env", "SUDO_USER=ann"], ["select", "backend-db2", "--config", scene.Manager.ConfigurationFile])).ShouldBe(0);
        using var socket = scene.Manager.OverSocket();
        await socket.AskAsync(Asking.Post("/api/v1/switches/orders/pause", "{}").With("Dbswitch-Sudo-User", "ann) is nobody; (x"), HttpStatusCode.OK);

        var view = await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches/orders"), HttpStatusCode.OK);
        view.GetProperty("selection").GetProperty("by").GetString().ShouldBe($"{me} (sudo by ann)");
        view.GetProperty("pause").GetProperty("by").GetString().ShouldBe(me);
    }

    [Fact]
    public async Task The_file_has_no_token_only_its_hash_and_is_its_owners_alone()
    {
        await using var manager = new ManagerProcess(TcpScene.Configuration(FreePort.Take()));
        var file = Path.Combine(manager.Folder, "tokens");

        var secret = await GiveAsync(manager, "ann", "operator");

        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        text.ShouldNotContain(secret);
        text.ShouldContain("\nann operator ");
        (await Shell.RunAsync("stat", "--format=%a", file)).Trim().ShouldBe("600");
        (await manager.RunAsync("token", "add", "ann", "--role", "viewer")).ShouldBe(1, "", "ann has a token already. Revoke it first (dbswitch token revoke ann)");
        (await manager.RunAsync("token", "add", "ann b", "--role", "viewer")).ShouldBe(2, "", "\"ann b\" is no name for a token");
        (await manager.RunAsync("token", "add", "bob", "--role", "root")).ShouldBe(2, "", "root");
        (await manager.RunAsync("token", "revoke", "bob")).ShouldBe(2, "", "has no token of bob");
        (await manager.RunAsync("token", "list")).ShouldBe(0, "ann   operator  ", "");
        (await manager.RunAsync("token", "list", "--json")).Json[0].GetProperty("role").GetString().ShouldBe("operator");
        var json = await manager.RunAsync("token", "add", "bob", "--role", "viewer", "--json");
        json.Json.GetProperty("secret").GetString().ShouldStartWith("dbsw_");
    }

    [Fact]
    public async Task What_root_adds_the_manager_can_read_whose_user_is_another()
    {
        Needs.RootAnd("chown", "setpriv");
        await using var manager = new ManagerProcess(TcpScene.Configuration(FreePort.Take())) { Before = Dbswitch.AsNobody };
        await Shell.RunAsync("chown", "nobody:nogroup", manager.Folder);
        var file = Path.Combine(manager.Folder, "tokens");
        await manager.StartAnsweringAsync();
        using var tcp = manager.OverTcp();

        // A new file is the manager's: the owner of its store's folder.
        var ann = await GiveAsRootAsync("ann", "operator");
        (await Shell.RunAsync("stat", "--format=%U %a", file)).Trim().ShouldBe("nobody 600");
        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.OK);

        // One that is there keeps its owner and its rights.
        await Shell.RunAsync("chown", "daemon:nogroup", file);
        await Shell.RunAsync("chmod", "640", file);
        await GiveAsRootAsync("bob", "viewer");
        (await Shell.RunAsync("stat", "--format=%U %G %a", file)).Trim().ShouldBe("daemon nogroup 640");

        // The true reason, to who asks, in the log and to doctor; and no restart when it is put right.
        await Shell.RunAsync("chmod", "600", file);
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.Unauthorized, "unauthorized", $"No token is known: user nobody can't read {file}: it belongs to daemon.");
        await manager.LoggedAsync("It lets nobody in until that is put right");
        (await manager.RunAsync("doctor")).ShouldBe(1, $"error: {file}: the manager's user nobody can't read it, so no token is known");
        await Shell.RunAsync("chown", "nobody:nogroup", file);
        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.OK);

        async Task<string> GiveAsRootAsync(string name, string role)
        {
            var end = await Dbswitch.RunAsync("token", "add", name, "--role", role, "--config", manager.ConfigurationFile);
            end.ShouldBe(0, error: $"{name} may look");
            return end.Output.Trim();
        }
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_lets_nobody_in_and_the_others_hold()
    {
        await using var scene = await TcpScene.StartedAsync();
        var file = Path.Combine(scene.Manager.Folder, "tokens");
        using var tcp = scene.Manager.OverTcp();
        var ann = await GiveAsync(scene.Manager, "ann", "operator");
        var bob = await GiveAsync(scene.Manager, "bob", "operator");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(file, text.Replace("bob operator", "bob root", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.OK);
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(bob), HttpStatusCode.Unauthorized, "unauthorized", "Unknown token");
        await scene.Manager.LoggedAsync($"{file}:3: no token that can be read, so it lets nobody in");

        await File.WriteAllTextAsync(file, text + "\n", TestContext.Current.CancellationToken);
        await Shell.RunAsync("chmod", "o+w", file);
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(ann), HttpStatusCode.Unauthorized, "unauthorized", "Unknown token");
        await scene.Manager.LoggedAsync("can be written by everybody, so it lets nobody in");
    }

    [Fact]
    public async Task An_address_that_other_machines_reach_needs_somebody_to_tell_them_apart()
    {
        await using var scene = await Scene.PreparedAsync(http: true);
        var manager = scene.Manager;
        manager.Configure(manager.Configuration with { HttpAddress = "0.0.0.0" });

        (await manager.RefusedToStartAsync()).ShouldBe(2, "", $"dbswitch.yaml:4:9: listen.http: 0.0.0.0:{manager.Configuration.Http} can be reached from other machines, and nothing says who may: add \"tokens\" (a file, see \"dbswitch token\") or \"tls\" with \"clientCa\", or \"everybody: look\", or listen at 127.0.0.1:{manager.Configuration.Http}");

        manager.Configure(manager.Configuration with { Listen = ["tokens: tokens"] });
        await manager.StartAsync();
        using var tcp = manager.OverTcp();
        await manager.LoggedAsync("without tls: whoever is on the way can read the tokens");
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Switch), HttpStatusCode.Unauthorized, "unauthorized", "Nothing is shown here without saying who asks; for more give a token");
        await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json"), HttpStatusCode.Unauthorized, "unauthorized", "Nothing is shown here");
        (await tcp.GetStringAsync("/healthz", TestContext.Current.CancellationToken)).ShouldBe("ok\n");
        var eve = await GiveAsync(manager, "eve", "viewer");
        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch).As(eve), HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("0.0.0.0", "look", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "nothing", HttpStatusCode.Forbidden)]
    public async Task Everybody_may_what_the_configuration_says(string address, string everybody, HttpStatusCode looking)
    {
        await using var manager = await TcpScene.WithoutProxyAsync(c => c with { HttpAddress = address, Listen = ["everybody: " + everybody] });
        using var tcp = manager.OverTcp();

        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Switch), looking);
        await tcp.RefusedAsync(Asking.Post(Switch + "/pause", "{}"), HttpStatusCode.Forbidden, "forbidden", "Use the command line on this machine");
    }

    private static async Task<string> GiveAsync(ManagerProcess manager, string name, string role)
    {
        var end = await manager.RunAsync("token", "add", name, "--role", role);
        end.ShouldBe(0, error: $"{name} may look");
        return end.Output.Trim();
    }
}
