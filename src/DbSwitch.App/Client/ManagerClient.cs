using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;
using DbSwitch.App.Http;
using DbSwitch.App.Http.Authentication;

namespace DbSwitch.App.Client;

/// <summary>The command line's view of the manager's HTTP API.</summary>
internal sealed class ManagerClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManagerAddress _address;
    private readonly HttpClient _http;

    public ManagerClient(ManagerAddress address)
    {
        // One request and gone: nobody measures it or traces it, and setting that up takes longer than the request.
        AppContext.SetSwitch("System.Diagnostics.Metrics.Meter.IsSupported", false);
        AppContext.SetSwitch("System.Net.Http.EnableActivityPropagation", false);
        _address = address;
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (address.SocketPath is { } path)
        {
            handler.ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        // How long to wait is the request's business (?wait=…).
        _http = new HttpClient(handler) { BaseAddress = address.Base, Timeout = Timeout.InfiniteTimeSpan };

        // The way in over TCP, and who stands behind sudo on this machine.
        if (address.SocketPath is null && Environment.GetEnvironmentVariable("DBSWITCH_TOKEN") is { Length: > 0 } token)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + token.Trim());
        }
        else if (address.SocketPath is not null && Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation(LocalUser.SudoHeader, user);
        }
    }

    public string Address => _address.Text;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await ReadAsync(await LookAsync(new HttpRequestMessage(HttpMethod.Get, path), cancel), type, cancel);

    /// <summary>The answer's body as it came: nothing is read into objects to be written again.</summary>
    public async Task<string> GetTextAsync(string path, string accept, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        using var response = await LookAsync(request, cancel);
        return !response.IsSuccessStatusCode ? await ReadAsync(response, ContractsJson.Default.String, cancel)
            : response.Content.Headers.ContentType?.MediaType == accept ? await response.Content.ReadAsStringAsync(cancel)
            : throw NoManager();
    }

    /// <summary>The answer's body, whole, when it is of the type that is expected.</summary>
    public async Task<byte[]> GetBytesAsync(string path, string accept, CancellationToken cancel)
    {
        using var response = await LookAsync(new HttpRequestMessage(HttpMethod.Get, path), cancel);
        if (!response.IsSuccessStatusCode)
        {
            await ReadAsync(response, ContractsJson.Default.String, cancel);
        }

        return response.Content.Headers.ContentType?.MediaType == accept ? await response.Content.ReadAsByteArrayAsync(cancel) : throw NoManager();
    }

    public async Task<T> PostAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await ReadAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, bodyType) }, cancel), type, cancel);

    public async Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await ReadAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancel), type, cancel);

    /// <summary>Begins to listen to what happens.</summary>
    /// <param name="lastId">The last event that was seen; null to begin with what there is.</param>
    public async Task<EventStream> ListenAsync(string? lastId, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        if (lastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        }

        var response = await LookAsync(request, cancel, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            await ReadAsync(response, ContractsJson.Default.String, cancel);
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

    public void Dispose() => _http.Dispose();

    /// <summary>A question that takes a living manager milliseconds: one that is silent for long is said to be.</summary>
    private async Task<HttpResponseMessage> LookAsync(HttpRequestMessage request, CancellationToken cancel, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        try
        {
            // A command has nothing else to do meanwhile, and what awaits is compiled anew in each process: it would take as long as all the rest.
            return until is HttpCompletionOption.ResponseContentRead ? await SendAsync(request, deadline.Token, async: false) : await SendAsync(request, deadline.Token, until);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Unreachable, $"The manager at {_address.Text} takes connections and does not answer within {Patience.TotalSeconds:0} s: it hangs, or is stopped. Clients are not affected: every proxy goes on as it is. Look at its log, then start it again.", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead, bool async = true)
    {
        try
        {
            return async ? await _http.SendAsync(request, until, cancel) : _http.Send(request, until, cancel);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError))
        {
            throw new CommandException(ExitCode.Unreachable, $"The manager at {_address.Text} ended before it answered. A switchover that was begun is undone or finished when it is started again (dbswitch serve); until then clients may be without a database.", e);
        }
        catch (HttpRequestException e)
        {
            var why = e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? "this user may not open it: use sudo, or join the group that owns it"
                : "it is not running (start it: dbswitch serve)";
            throw new CommandException(ExitCode.Unreachable, $"The manager does not answer at {_address.Text}: {why}. Clients are not affected: every proxy goes on as it is.", e);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        try
        {
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadFromJsonAsync(type, cancel) ?? throw new CommandException(ExitCode.Unreachable, $"{_address.Text} answered with nothing.");
            }

            var problem = await response.Content.ReadFromJsonAsync(ContractsJson.Default.ProblemView, cancel);
            throw new CommandException(
                problem?.Type.EndsWith('/' + Problems.Ending) == true ? ExitCode.NotAwaited
                : response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity ? ExitCode.Usage : ExitCode.Refused,
                problem?.Detail ?? response.ReasonPhrase ?? "refused");
        }
        catch (System.Text.Json.JsonException e)
        {
            throw NoManager(e);
        }
    }

    private CommandException NoManager(Exception? inner = null) => new(ExitCode.Unreachable, $"What answers at {_address.Text} is no dbswitch manager of this version.", inner);
}
