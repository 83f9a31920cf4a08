using System.Net;

namespace DbSwitch.Tests.Http;

/// <summary>HTTPS, and client certificates.</summary>
public sealed class TlsTests
{
    private const string Pause = "/api/v1/switches/orders/pause";
    private const string Look = "/api/v1/switches/orders";

    [Fact]
    public async Task Who_shows_a_certificate_of_our_authority_is_an_operator_by_its_name()
    {
        using var ours = new TestCertificates();
        using var others = new TestCertificates();
        await using var scene = await StartedAsync(ours);
        var port = scene.Manager.Configuration.Http!.Value;
        using var ann = ours.Client("ann");
        using var stranger = others.Client("ann");
        using var asAnn = ours.ClientFor(port, "127.0.0.1", ann);
        using var asStranger = ours.ClientFor(port, "127.0.0.1", stranger);
        using var asNobody = ours.ClientFor(port, "127.0.0.1", null);

        await asNobody.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK);
        await asNobody.RefusedAsync(Asking.Post(Pause, "{}"), HttpStatusCode.Unauthorized, "unauthorized", "for more give a token (Authorization: Bearer …, see \"dbswitch token\") or a client certificate.");
        await Should.ThrowAsync<HttpRequestException>(() => asStranger.GetAsync(Look, TestContext.Current.CancellationToken));
        await asAnn.AskAsync(Asking.Post(Pause, "{}"), HttpStatusCode.OK);
        (await asNobody.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK)).GetProperty("pause").GetProperty("by").GetString().ShouldBe("ann (certificate)");
    }

    [Fact]
    public async Task A_server_certificate_makes_nobody_an_operator()
    {
        using var ours = new TestCertificates();
        await using var scene = await StartedAsync(ours);
        using var server = ours.WriteServer(scene.Manager.Folder, "other", "other.example");
        using var client = ours.ClientFor(scene.Manager.Configuration.Http!.Value, "127.0.0.1", server);

        await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(Look, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_certificates_name_is_answered_and_no_page_of_another_scheme()
    {
        using var ours = new TestCertificates();
        await using var scene = await StartedAsync(ours);
        var port = scene.Manager.Configuration.Http!.Value;
        using var byName = ours.ClientFor(port, "db.example", null);

        await byName.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK);
        await byName.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, Look).With("Origin", $"http://db.example:{port}"), HttpStatusCode.Forbidden, "forbidden", "another origin");
        await byName.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look).With("Origin", $"https://db.example:{port}"), HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_renewed_certificate_is_in_use_at_once_and_a_bad_one_is_not()
    {
        using var ours = new TestCertificates();
        await using var scene = await StartedAsync(ours);
        var port = scene.Manager.Configuration.Http!.Value;
        var file = Path.Combine(scene.Manager.Folder, "server.pem");

        using var renewed = ours.WriteServer(scene.Manager.Folder, "server", "new.example");
        using (var byNewName = ours.ClientFor(port, "new.example", null))
        {
            await byNewName.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK);
        }

        await scene.Manager.LoggedAsync($"{file}: read again, and in use from now on");
        await File.WriteAllTextAsync(file, "no certificate", TestContext.Current.CancellationToken);
        using (var again = ours.ClientFor(port, "new.example", null))
        {
            await again.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK);
        }

        await scene.Manager.LoggedAsync($"{file}: can't be read again, so the one before stays in use");
    }

    [Fact]
    public async Task What_is_no_certificate_is_said_at_the_start()
    {
        await using var scene = await Scene.PreparedAsync(http: true);
        var manager = scene.Manager;
        manager.Configure(manager.Configuration with { Listen = ["tls: { certificate: no.pem, key: no.key }"] });

        (await manager.RefusedToStartAsync()).ShouldBe(2, "", $"listen.tls in {manager.ConfigurationFile}: {manager.Folder}/no.pem, {manager.Folder}/no.key or its CA can't be used");
    }

    private static async Task<Scene> StartedAsync(TestCertificates certificates)
    {
        var scene = await Scene.PreparedAsync(http: true);
        using var server = certificates.WriteServer(scene.Manager.Folder, "server", "db.example");
        scene.Manager.Configure(scene.Manager.Configuration with { Listen = ["tokens: tokens", "tls: { certificate: server.pem, key: server.key, clientCa: server-ca.pem }"] });
        try
        {
            await scene.Manager.StartAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }
}
