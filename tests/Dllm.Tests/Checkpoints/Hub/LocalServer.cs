using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dllm.Tests.Checkpoints.Hub;

/// <summary>What was asked of a <see cref="LocalServer"/>.</summary>
internal sealed record LocalRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>What it answers.</summary>
internal sealed record LocalAnswer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Closes the connection after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Keeps the connection open and silent after so many bytes of the body.</summary>
    public int? SilentAfter { get; init; }

    /// <summary>Sends the body over and over, as long as anyone reads.</summary>
    public bool IsEndless { get; init; }

    /// <summary>Sends a byte at a time, with this pause between.</summary>
    public TimeSpan? Drip { get; init; }

    public static LocalAnswer Text(int status, string text, params (string Name, string Value)[] headers) =>
        new(status, Encoding.UTF8.GetBytes(text), headers);
}

/// <summary>A web server of one function on this machine, which can break off, stall and lie.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<LocalRequest, LocalAnswer> _answer;

    public LocalServer(Func<LocalRequest, LocalAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    public ConcurrentQueue<LocalRequest> Requests { get; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await ReadAsync(reader) is not { } request)
                return;
            Requests.Enqueue(request);
            var answer = _answer(request);
            var head = new StringBuilder($"HTTP/1.1 {answer.Status} Status\r\nConnection: close\r\n");
            if (!answer.IsEndless && !answer.Headers.Any(header => header.Name == "Content-Length"))
                head.Append($"Content-Length: {answer.Body.Length}\r\n");
            foreach (var (name, value) in answer.Headers)
                head.Append($"{name}: {value}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
            if (request.Method == "HEAD")
                return;
            for (var i = 0; answer.Drip is { } pause && i < answer.Body.Length; i++)
            {
                await stream.WriteAsync(answer.Body.AsMemory(i, 1));
                await Task.Delay(pause, _stop.Token);
            }

            while (answer.IsEndless && !_stop.IsCancellationRequested)
                await stream.WriteAsync(answer.Body);
            var most = answer.CutAfter ?? answer.SilentAfter ?? int.MaxValue;
            await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(answer.Body.Length, most)));
            await stream.FlushAsync();
            if (answer.SilentAfter is not null)
                await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // the client has gone
        }
    }

    private static async Task<LocalRequest?> ReadAsync(StreamReader reader)
    {
        if ((await reader.ReadLineAsync())?.Split(' ') is not [var method, var path, _])
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new LocalRequest(method, path, headers);
    }
}
