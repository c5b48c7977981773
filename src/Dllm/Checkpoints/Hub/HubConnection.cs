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

    private readonly HttpClient _client;
    private readonly string? _token;
    private readonly TimeSpan _patience;

    public HubConnection(Uri endpoint, HubOptions options, HttpMessageHandler? handler)
    {
        Endpoint = endpoint;
        _patience = options.Patience;
        _token = options.Token is { } token && options.Endpoint is { } own && IsSameHost(own, endpoint) ? token : null;
        _client = handler is not null
            ? new HttpClient(handler, disposeHandler: false)
            : new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.Patience });
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

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Uri Follow(Uri from, Uri location, int redirects)
    {
        var to = new Uri(from, location);
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
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientHubException(FormattableString.Invariant($"{address.Host} sent nothing for {_patience.TotalSeconds:0.#} s"));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransientHubException($"{address.Host}: {error.Message}", innerException: error);
        }
    }
}
