using System.Net;
using System.Net.Http.Headers;

namespace Dllm.Checkpoints.Hub;

/// <summary>
/// Requests to one hub. Redirects are followed by hand: relative ones as they are meant, and the token goes to the hub's own host alone,
/// never to another and never from https to http.
/// </summary>
internal sealed class HubConnection : IDisposable
{
    private const int MaxRedirects = 10;
    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly string? _token;
    private readonly TimeSpan _patience;
    private readonly int _leastBytes;

    public HubConnection(Uri endpoint, HubOptions options, HttpMessageHandler? handler)
    {
        Endpoint = endpoint;
        (_patience, _leastBytes) = (options.Patience, options.LeastBytes);
        _token = options.Token is { } token && options.Endpoint is { } own && IsSameHost(own, endpoint) ? token : null;
        _client = handler is not null
            ? new HttpClient(handler, disposeHandler: false)
            : new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Shorter(options.Patience, LongestConnecting) });
        _client.Timeout = Timeout.InfiniteTimeSpan; // large files take as long as they take; what counts is that bytes arrive
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("dllm-dotnet", "1.0"));
    }

    /// <summary>The hub's address.</summary>
    public Uri Endpoint { get; }

    /// <summary>Whether requests to the hub carry a token.</summary>
    public bool HasToken => _token is not null;

    /// <summary>An address below the hub's.</summary>
    public Uri At(string path) => new(Endpoint.AbsoluteUri.TrimEnd('/') + path);

    /// <summary>Asks, and follows where the hub leads. The caller disposes the answer.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to begin.</param>
    /// <param name="prepare">Adds headers to each request.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="TransientHubException">The hub cannot be reached, or says that it is busy or broken.</exception>
    /// <exception cref="DllmException">It leads nowhere.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, Action<HttpRequestHeaders>? prepare, CancellationToken cancellation)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(method, address);
            prepare?.Invoke(request.Headers);
            if (_token is not null && IsSameHost(address, Endpoint))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            var answer = await WithPatienceAsync(
                token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), address, cancellation)
                .ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect && answer.Headers.Location is { } location)
            {
                answer.Dispose();
                address = Follow(address, location, redirects);
                continue;
            }

            if (answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)answer.StatusCode >= 500)
            {
                using (answer)
                {
                    throw new TransientHubException(
                        $"{address.Host} answered {(int)answer.StatusCode} ({answer.ReasonPhrase})", answer.Headers.RetryAfter?.Delta);
                }
            }

            return answer;
        }
    }

    /// <summary>Reads some bytes of an answer; 0 at its end.</summary>
    /// <exception cref="TransientHubException">The connection broke, or nothing came for too long.</exception>
    public Task<int> ReadAsync(Stream body, Memory<byte> buffer, Uri address, CancellationToken cancellation) =>
        WithPatienceAsync(token => body.ReadAsync(buffer, token).AsTask(), address, cancellation);

    /// <summary>Watches that a body does not come in drips.</summary>
    public HubPace StartPace(Uri address) => new(address.Host, _leastBytes, _patience);

    /// <summary>Reads the whole of an answer that is held in memory.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="most">Its bytes at most.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientHubException">The connection broke, or the whole took more than twice the patience.</exception>
    /// <exception cref="DllmException">It is larger.</exception>
    public async Task<byte[]> ReadAllAsync(HttpResponseMessage answer, int most, Uri address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(2 * _patience);
        try
        {
            if (answer.Content.Headers.ContentLength > most)
                throw TooLarge();
            using var whole = new MemoryStream();
            using var body = await answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            var buffer = new byte[1 << 16];
            while (await ReadAsync(body, buffer, address, limit.Token).ConfigureAwait(false) is > 0 and var count)
            {
                if (whole.Length + count > most)
                    throw TooLarge();
                whole.Write(buffer, 0, count);
            }

            return whole.ToArray();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientHubException(FormattableString.Invariant(
                $"{address.Host} did not send its answer within {2 * _patience.TotalSeconds:0.#} s"));
        }

        DllmException TooLarge() => new(
            $"{address.Host} sends an answer of more than {most >> 20} MiB, which no list of files has", "check the hub's address (HF_ENDPOINT)");
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Uri Follow(Uri from, Uri location, int redirects)
    {
        if (!Uri.TryCreate(from, location, out var to))
            throw new DllmException($"{from.Host} redirects to an address that is none", "ask the hub's operator");
        if (redirects == MaxRedirects)
            throw new DllmException($"{from.Host} redirects more than {MaxRedirects} times", "ask the hub's operator");
        return to.Scheme == Uri.UriSchemeHttps || (to.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp)
            ? to
            : throw new DllmException(
                $"{from.Host} redirects from {from.Scheme} to {to.Scheme}, which is not safe", "ask the hub's operator");
    }

    private static bool IsSameHost(Uri a, Uri b) =>
        Uri.Compare(a, b, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private async Task<T> WithPatienceAsync<T>(Func<CancellationToken, Task<T>> act, Uri address, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_patience);
        try
        {
            return await act(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && patience.IsCancellationRequested)
        {
            throw new TransientHubException(FormattableString.Invariant($"{address.Host} sent nothing for {_patience.TotalSeconds:0.#} s"));
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientHubException($"{address.Host} does not answer", innerException: error) { IsUnconnected = true };
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransientHubException($"{address.Host}: {error.Message}", innerException: error)
            {
                IsUnconnected = error is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError,
                },
            };
        }
        catch (Exception error) when (error is ArgumentException or UriFormatException or NotSupportedException or InvalidOperationException)
        {
            throw new DllmException($"'{address.Host}' cannot be the host of a hub: {error.Message}", "check the hub's address (HF_ENDPOINT)", error);
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
