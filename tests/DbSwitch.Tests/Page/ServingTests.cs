using System.Net;
using System.Text.RegularExpressions;
using DbSwitch.App.Page;

namespace DbSwitch.Tests.Page;

/// <summary>How the page's files are sent.</summary>
public sealed partial class ServingTests(StandingScene standing) : IClassFixture<StandingScene>
{
    [Fact]
    public async Task All_of_it_is_less_than_150_KB_and_names_nothing_elsewhere()
    {
        var (_, client) = await standing.GetAsync();
        var index = await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        var all = index;
        foreach (Match file in FileInIndex().Matches(index))
        {
            all += await client.GetStringAsync("/" + file.Value, TestContext.Current.CancellationToken);
        }

        FileInIndex().Matches(index).Select(m => Path.GetFileName(m.Value)).Order(StringComparer.Ordinal).ShouldBe(PageFiles.All.Names.Order(StringComparer.Ordinal));
        System.Text.Encoding.UTF8.GetByteCount(all).ShouldBeLessThan(150_000);
        OtherOrigin().Matches(all).Select(m => m.Value).Distinct().ShouldBe(["http://www.w3.org/2000/svg"]);
    }

    [Fact]
    public async Task Nothing_inline_and_nothing_from_elsewhere_is_allowed_in_it()
    {
        var (_, client) = await standing.GetAsync();
        using var answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; ");
        policy.ShouldNotContain("unsafe");
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
    }

    [Fact]
    public async Task The_first_file_is_asked_for_anew_each_time_and_the_others_are_kept_for_ever_under_the_name_of_their_version()
    {
        var (_, client) = await standing.GetAsync();
        using var index = await client.GetAsync("/", TestContext.Current.CancellationToken);
        index.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { IfNoneMatch = { index.Headers.ETag! } } };
        using var unchanged = await client.SendAsync(again, TestContext.Current.CancellationToken);
        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);

        using var script = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/page/{PageFiles.All.Version}/page.js"), TestContext.Current.CancellationToken);
        script.StatusCode.ShouldBe(HttpStatusCode.OK);
        script.Headers.CacheControl!.ToString().ShouldContain("immutable");
        using var old = await client.GetAsync("/page/0123456789ab/page.js", TestContext.Current.CancellationToken);
        old.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        old.Headers.CacheControl!.ToString().ShouldBe("no-store");
    }

    [Fact]
    public void Every_text_that_a_person_reads_is_in_the_one_file_of_texts()
    {
        var folder = Path.Combine(Checkout.Root, "src", "DbSwitch.App", "Page", "files");
        foreach (var file in Directory.GetFiles(folder, "*.js").Where(f => Path.GetFileName(f) != "strings.js"))
        {
            // Words with a blank between them, in quotes, outside of comments: a sentence. Names of classes and paths of drawings have none, or no letters.
            var code = string.Join('\n', File.ReadLines(file).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal) && !l.TrimStart().StartsWith('*') && !l.TrimStart().StartsWith("/**", StringComparison.Ordinal)));
            Sentence().Matches(code).Select(m => $"{Path.GetFileName(file)}: {m.Value}").ShouldBeEmpty();
        }
    }

    [GeneratedRegex("page/[0-9a-f]{12}/[a-z-]+\\.(js|css)")]
    private static partial Regex FileInIndex();

    [GeneratedRegex("https?://[a-z0-9./-]+")]
    private static partial Regex OtherOrigin();

    [GeneratedRegex("['`][A-Z][a-z]+ [a-z]+ [^'`]*['`]")]
    private static partial Regex Sentence();
}
