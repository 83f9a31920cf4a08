using System.Text;
using DbSwitch.App.Client;

namespace DbSwitch.Tests.Http;

/// <summary>What the command line makes of an answer over the manager's socket, byte by byte.</summary>
public sealed class HttpAnswerTests
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\nA;ext=1\r\n3,4,5,6,7]\r\n0\r\n\r\n";
    private const string WithLength = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nContent-Type: application/problem+json\r\n\r\nnope";

    [Fact]
    public void A_body_in_pieces_is_put_together()
    {
        var answer = Parse(Chunked);
        (answer.Status, answer.MediaType, answer.Text, answer.IsSuccess).ShouldBe((200, "application/json", "[1,2,3,4,5,6,7]", true));
    }

    [Fact]
    public void A_body_has_the_length_that_is_said()
    {
        var answer = Parse(WithLength + "and more");
        (answer.Status, answer.MediaType, answer.Text, answer.IsSuccess).ShouldBe((404, "application/problem+json", "nope", false));
    }

    [Fact]
    public void Without_either_it_ends_with_the_connection() => Parse("HTTP/1.0 200 OK\r\n\r\nall").Text.ShouldBe("all");

    [Theory]
    [InlineData(Chunked)]
    [InlineData(WithLength)]
    public void Wherever_it_is_cut_off_it_is_no_answer(string whole)
    {
        // The last piece is complete with its size; nobody needs the empty line behind it.
        var complete = whole.EndsWith("0\r\n\r\n", StringComparison.Ordinal) ? whole.Length - 2 : whole.Length;
        for (var length = 0; length < complete; length++)
        {
            Should.Throw<EndOfStreamException>(() => Parse(whole[..length]), $"after {length} of {whole.Length} bytes");
        }
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 twohundred OK\r\n\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n")]
    public void Other_things_are_not_taken_for_one(string received) => Should.Throw<FormatException>(() => Parse(received));

    private static HttpAnswer Parse(string received) => HttpAnswer.Parse(Encoding.Latin1.GetBytes(received));
}
