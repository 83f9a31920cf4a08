using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;

namespace DbSwitch.App.Client;

/// <summary>The command line's view of the manager's HTTP API.</summary>
internal sealed class ManagerClient : IDisposable
{
    /// <summary>Far above any answer.</summary>
    private const int LargestAnswer = 64 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManagerAddress _address;
    private readonly Lazy<HttpClient> _http;

    public ManagerClient(ManagerAddress address) => (_address, _http) = (address, new Lazy<HttpClient>(() => HttpClientTo(address)));

    public string Address => _address.Text;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        Read(await LookAsync(path, null, cancel), type);

    /// <summary>The answer's body as it came: nothing is read into objects to be written again.</summary>
    public async Task<string> GetTextAsync(string path, string accept, CancellationToken cancel)
    {
        var answer = await LookAsync(path, accept, cancel);
        return !answer.IsSuccess ? Read(answer, ContractsJson.Default.String) : answer.MediaType == accept ? answer.Text : throw NoManager();
    }

    /// <summary>The answer's body, whole, when it is of the type that is expected.</summary>
    public async Task<byte[]> GetBytesAsync(string path, string accept, CancellationToken cancel)
    {
        var answer = await LookAsync(path, null, cancel);
        if (!answer.IsSuccess)
        {
            Read(answer, ContractsJson.Default.String);
        }

        return answer.MediaType == accept ? answer.Body : throw NoManager();
    }

    public async Task<T> PostAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancel) =>
        Read(await HttpAnswer.OfAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, bodyType) }, cancel), cancel), type);

    public async Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        Read(await HttpAnswer.OfAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancel), cancel), type);

    /// <summary>Begins to listen to what happens.</summary>
    /// <param name="lastId">The last event that was seen; null to begin with what there is.</param>
    public async Task<EventStream> ListenAsync(string? lastId, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        if (lastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        }

        var response = await InTimeAsync(soon => SendAsync(request, soon, HttpCompletionOption.ResponseHeadersRead), cancel);
        if (!response.IsSuccessStatusCode)
        {
            Read(await HttpAnswer.OfAsync(response, cancel), ContractsJson.Default.String);
        }

        return new EventStream(response, await response.Content.ReadAsStreamAsync(cancel));
    }

    /// <summary>The one switch there is, or the one that was named.</summary>
    public async Task<string> SwitchNameAsync(string? named, CancellationToken cancel)
    {
        if (named is not null)
        {
            return named;
        }

        var switches = await GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel);
        return switches.Count == 1
            ? switches[0].Name
            : throw new CommandException(ExitCode.Usage, $"Which switch? There are {string.Join(", ", switches.Select(s => s.Name))}: say --switch NAME.");
    }

    public void Dispose()
    {
        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    private static HttpClient HttpClientTo(ManagerAddress address)
    {
        // One request and gone: nobody measures it or traces it, and setting that up takes longer than the request.
        AppContext.SetSwitch("System.Diagnostics.Metrics.Meter.IsSupported", false);
        AppContext.SetSwitch("System.Net.Http.EnableActivityPropagation", false);
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (address.SocketPath is { } path)
        {
            handler.ConnectCallback = (_, _) =>
            {
                // A manager that hangs may have its queue of connections full, and only connect(2) that blocks waits for it: this bounds it (unix(7), socket(7): SO_SNDTIMEO).
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = (int)Patience.TotalMilliseconds };
                try
                {
                    socket.Connect(new UnixDomainSocketEndPoint(path));
                    socket.SendTimeout = 0;
                    return ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true));
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        // How long to wait is the request's business (?wait=…).
        var http = new HttpClient(handler) { BaseAddress = address.Base, Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer };
        if (WhoAsks(address) is var (name, value))
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return http;
    }

    /// <summary>The way in over TCP, and who stands behind sudo on this machine.</summary>
    private static (string Name, string Value)? WhoAsks(ManagerAddress address) =>
        address.SocketPath is null
            ? Environment.GetEnvironmentVariable("DBSWITCH_TOKEN") is { Length: > 0 } token ? ("Authorization", "Bearer " + token.Trim()) : null
            : Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user && DbSwitch.Model.PlainText.Is(user) ? (LocalUser.SudoHeader, user) : null;

    /// <summary>A question that takes a living manager milliseconds.</summary>
    private Task<HttpAnswer> LookAsync(string path, string? accept, CancellationToken cancel) => InTimeAsync(
        async soon =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (accept is not null)
            {
                request.Headers.Accept.ParseAdd(accept);
            }

            return await HttpAnswer.OfAsync(await SendAsync(request, soon), soon);
        },
        cancel);

    /// <summary>One that is silent for long is said to be.</summary>
    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        try
        {
            return await ask(deadline.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Silent(e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        try
        {
            return await _http.Value.SendAsync(request, until, cancel);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            throw NoManager(e);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } && _address.SocketPath is not null)
        {
            throw Silent(e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError))
        {
            throw Ended(e);
        }
        catch (HttpRequestException e)
        {
            throw NotThere(e, e.InnerException as SocketException);
        }
    }

    private T Read<T>(HttpAnswer answer, JsonTypeInfo<T> type)
    {
        try
        {
            if (answer.IsSuccess)
            {
                return JsonSerializer.Deserialize(answer.Body, type) ?? throw new CommandException(ExitCode.Unreachable, $"{_address.Text} answered with nothing.");
            }

            var problem = JsonSerializer.Deserialize(answer.Body, ContractsJson.Default.ProblemView);
            throw new CommandException(
                problem?.Type.EndsWith('/' + Problems.Ending) == true ? ExitCode.NotAwaited
                : answer.Status is 400 or 404 or 422 ? ExitCode.Usage : ExitCode.Refused,
                problem?.Detail ?? $"refused, with status {answer.Status}");
        }
        catch (JsonException e)
        {
            throw NoManager(e);
        }
    }

    private CommandException NoManager(Exception? inner = null) => new(ExitCode.Unreachable, $"What answers at {_address.Text} is no dbswitch manager of this version.", inner);

    private CommandException Ended(Exception inner) =>
        new(ExitCode.Unreachable, $"The manager at {_address.Text} ended before it answered. A switchover that was begun is undone or finished when it is started again (dbswitch serve); until then clients may be without a database.", inner);

    private CommandException Silent(Exception inner) =>
        new(ExitCode.Unreachable, $"The manager at {_address.Text} takes connections and does not answer within {Patience.TotalSeconds:0} s: it hangs, or is stopped. Until it runs, every proxy stays as it is. Look at its log, then start it again.", inner);

    private CommandException NotThere(Exception inner, SocketException? socket) =>
        new(ExitCode.Unreachable, $"The manager does not answer at {_address.Text}: {(socket is { SocketErrorCode: SocketError.AccessDenied } ? "this user may not open it: use sudo, or join the group that owns it" : "it is not running (start it: dbswitch serve)")}. Until it runs, every proxy stays as it is.", inner);
}
