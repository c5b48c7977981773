using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Running;

/// <summary>
/// Answers that a model has given, in a file of one JSON object a line that only grows: an interrupted run goes on from it, a repeated one
/// asks nothing. An answer is found by the SHA-256 of the model, its settings and the request's content, so changed settings never meet
/// old answers. A last line that was torn off while it was written is passed over, and overwritten by the next.
/// </summary>
public sealed class AnswerCache : IDisposable
{
    private readonly Dictionary<string, LikelihoodAnswer> _likelihoods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TextAnswer> _texts = new(StringComparer.Ordinal);
    private readonly string _scope;
    private readonly string _path;
    private readonly FileStream _file;

    /// <summary>Opens the file, or makes it. It is this process's alone until disposed.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="scope">What all answers depend on besides the request: the model's hash and all settings.</param>
    /// <exception cref="DllmException">The file cannot be read or written, or is in use.</exception>
    public AnswerCache(string path, string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        (_path, _scope) = (path, scope);
        PlainFile.CheckTarget(path);
        try
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); // any other sharing lets two write on Linux
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the answers in {path} cannot be opened: {e.Message}", "choose another --output, or wait where another run is writing there", e);
        }

        Load();
    }

    /// <summary>The likelihood found for a request, or null.</summary>
    public LikelihoodAnswer? FindLikelihood(EvalRequest request) => _likelihoods.TryGetValue(KeyOf(request), out var answer) ? answer : null;

    /// <summary>The text found for a request, or null.</summary>
    public TextAnswer? FindText(EvalRequest request) => _texts.TryGetValue(KeyOf(request), out var answer) ? answer : null;

    /// <summary>Keeps an answer; it is in the file when this returns.</summary>
    /// <exception cref="DllmException">The disk is full; what was kept before is whole.</exception>
    public void Add(EvalRequest request, LikelihoodAnswer answer) => Add(request, new JsonObject
    {
        ["loglikelihood"] = answer.LogLikelihood.ToString("R", CultureInfo.InvariantCulture), // a text: it may be infinite
        ["is_greedy"] = answer.IsGreedy,
    });

    /// <inheritdoc cref="Add(EvalRequest, LikelihoodAnswer)"/>
    public void Add(EvalRequest request, TextAnswer answer) => Add(request, new JsonObject { ["text"] = answer.Text });

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>What a request's answer is found by: its content and its repeat, not its task or its place.</summary>
    internal string KeyOf(EvalRequest request)
    {
        var content = new JsonArray(
            _scope, (int)request.Kind, request.Context, request.Continuation, request.Generation?.Raw.DeepClone(), request.Repeat, request.AsksGreedy, request.Infill?.Suffix, request.Infill?.Original);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToJsonString())));
    }

    private void Add(EvalRequest request, JsonObject answer)
    {
        answer["key"] = KeyOf(request);
        var whole = _file.Position;
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(answer.ToJsonString() + "\n"));
            _file.Flush();
        }
        catch (IOException e)
        {
            TruncateTo(whole);
            throw new DllmException(
                $"the answers cannot be kept in {_path}: {e.Message}", "free space on the disk and run again: it goes on from here", e);
        }

        Keep(answer);
    }

    private void TruncateTo(long length)
    {
        try
        {
            _file.SetLength(length);
        }
        catch (IOException)
        {
            // The next run passes over the torn line; the reason that matters is already on its way up.
        }
    }

    private void Load()
    {
        var line = new ArrayBufferWriter<byte>();
        var chunk = new byte[1 << 16];
        long whole = 0;
        for (long left = _file.Length; left > 0;)
        {
            int read = _file.Read(chunk, 0, (int)Math.Min(left, chunk.Length));
            if (read == 0) break;
            left -= read;
            var rest = chunk.AsSpan(0, read);
            for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                line.Write(rest[..end]);
                Read(line.WrittenSpan);
                whole += line.WrittenCount + 1;
                line.Clear();
                rest = rest[(end + 1)..];
            }

            line.Write(rest);
        }

        _file.Position = whole;
        _file.SetLength(whole); // what follows the last line end was never whole
    }

    // A line that is no answer, torn by a crash of the machine for example, says nothing: its question is simply asked again.
    private void Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject answer) Keep(answer);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // As above: no JSON, half a letter, a key twice.
        }
    }

    private void Keep(JsonObject answer)
    {
        if (Text(answer, "key") is not { } key) return;
        if (Text(answer, "text") is { } text) _texts[key] = new(text);
        else if (double.TryParse(Text(answer, "loglikelihood"), CultureInfo.InvariantCulture, out double likelihood)
            && answer["is_greedy"] is JsonValue flag && flag.TryGetValue(out bool isGreedy))
            _likelihoods[key] = new(likelihood, isGreedy);
    }

    private static string? Text(JsonObject answer, string name) => answer[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
