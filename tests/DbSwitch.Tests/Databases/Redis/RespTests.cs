using System.Net;
using System.Net.Sockets;
using System.Text;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Redis;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>The protocol, byte by byte: an answer is whole, or it is an error.</summary>
public sealed class RespTests
{
    private static readonly string[] s_answers =
    [
        "+OK\r\n", "-NOPERM no\r\n", ":-42\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n", "$-1\r\n", "*0\r\n", "*-1\r\n", "*2\r\n$1\r\na\r\n*1\r\n:1\r\n", "$7\r\nab\r\ncd\n\r\n",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_command_has_the_length_of_each_word_before_it_in_bytes() =>
        Encoding.UTF8.GetString(RespRequest.Of(["SET", "k\r\nFLUSHALL\r\n", "é"])).ShouldBe("*3\r\n$3\r\nSET\r\n$13\r\nk\r\nFLUSHALL\r\n\r\n$2\r\né\r\n");

    [Fact]
    public async Task Answers_are_read_as_they_are_whatever_pieces_they_come_in()
    {
        foreach (var piece in (int[])[1, 2, 7, 4096])
        {
            var reader = new RespReader(new Pieces(Encoding.UTF8.GetBytes(string.Concat(s_answers)), piece));
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Text("OK"));
            (await reader.ReadAsync(Cancel)).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOPERM");
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Number(-42));
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Text("hello"));
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Text(""));
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Text(null));
            (await reader.ReadAsync(Cancel)).ShouldBeOfType<RespValue.List>().Items.ShouldBeEmpty();
            (await reader.ReadAsync(Cancel)).ShouldBeOfType<RespValue.List>().Items.ShouldBeNull();
            var list = (await reader.ReadAsync(Cancel)).ShouldBeOfType<RespValue.List>().Items.ShouldNotBeNull();
            list[0].ShouldBe(new RespValue.Text("a"));
            list[1].ShouldBeOfType<RespValue.List>().Items.ShouldBe([new RespValue.Number(1)]);
            (await reader.ReadAsync(Cancel)).ShouldBe(new RespValue.Text("ab\r\ncd\n"));
            await Should.ThrowAsync<EndOfStreamException>(() => reader.ReadAsync(Cancel));
        }
    }

    [Fact]
    public async Task One_that_is_cut_short_anywhere_is_none()
    {
        foreach (var answer in s_answers.Select(Encoding.UTF8.GetBytes))
        {
            for (var length = 0; length < answer.Length; length++)
            {
                await Should.ThrowAsync<EndOfStreamException>(() => new RespReader(new Pieces(answer[..length], 3)).ReadAsync(Cancel));
            }
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("$9999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("*1000000\r\n")]
    [InlineData(":12a\r\n")]
    [InlineData("+OK\n")]
    [InlineData("$2\r\nabc\r\n")]
    [InlineData("\r\n")]
    public async Task What_is_not_the_protocol_is_said_to_be_so(string bytes) => await Should.ThrowAsync<InvalidDataException>(() => new RespReader(new Pieces(Encoding.UTF8.GetBytes(bytes), 64)).ReadAsync(Cancel));

    [Fact]
    public async Task Too_deep_is_refused_before_the_stack_is_used_up() =>
        await Should.ThrowAsync<InvalidDataException>(() => new RespReader(new Pieces(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 100_000))), 4096)).ReadAsync(Cancel));

    [Fact]
    public async Task Whatever_comes_is_an_answer_or_one_of_two_errors()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_answers[random.Next(s_answers.Length)])));
            for (var change = random.Next(4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"*$+-:0123456789\r\n"[random.Next(17)];
            }

            var reader = new RespReader(new Pieces(bytes, random.Next(1, 20)));
            try
            {
                for (var answers = 0; answers < 10; answers++)
                {
                    await reader.ReadAsync(Cancel);
                }
            }
            catch (Exception e)
            {
                (e is EndOfStreamException or InvalidDataException).ShouldBeTrue($"seed {seed}, {Encoding.Latin1.GetString(bytes)}: {e}");
            }
        }
    }

    [Fact]
    public async Task Half_an_answer_and_then_silence_ends_with_the_deadline_and_the_connection_is_used_no_more()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = (IPEndPoint)listener.LocalEndpoint;
        await using var session = await new RedisServer(new TargetConfiguration("db", new HostPort("127.0.0.1", address.Port)) { Database = new RedisDatabase("default", null) { Tls = DatabaseTls.Disable } }).OpenAsync(address, Cancel);
        using var server = await listener.AcceptSocketAsync(Cancel);
        using var deadline = new CancellationTokenSource();

        var asked = session.AskAsync(deadline.Token, "GET", "k");
        await server.SendAsync("$10\r\nhalf"u8.ToArray(), Cancel);
        await deadline.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        await server.SendAsync(" late!\r\n"u8.ToArray(), Cancel);
        (await Should.ThrowAsync<DatabaseException>(() => session.AskAsync(Cancel, "GET", "other"))).Message.ShouldBe("was not asked: the connection to it had ended");
        var received = new byte[1000];
        Encoding.ASCII.GetString(received, 0, await server.ReceiveAsync(received, Cancel)).ShouldBe("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    }

    /// <summary>Bytes that come in pieces, and then the end.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
