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
    private readonly Dictionary<string, JsonObject> _answers = new(StringComparer.Ordinal);
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
        try
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the answers in {path} cannot be opened: {e.Message}", "is another run writing there?", e);
        }

        Load();
    }

    /// <summary>How many answers there are, of this scope and others.</summary>
    public int Count => _answers.Count;

    /// <summary>The likelihood found for a request, or null.</summary>
    public LikelihoodAnswer? FindLikelihood(EvalRequest request) => _answers.GetValueOrDefault(KeyOf(request)) is { } answer
        ? new(ReadNumber(answer["loglikelihood"]!.GetValue<string>()), answer["is_greedy"]!.GetValue<bool>())
        : null;

    /// <summary>The text found for a request, or null.</summary>
    public TextAnswer? FindText(EvalRequest request) =>
        _answers.GetValueOrDefault(KeyOf(request)) is { } answer ? new(answer["text"]!.GetValue<string>()) : null;

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

    private static double ReadNumber(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private void Add(EvalRequest request, JsonObject answer)
    {
        var key = KeyOf(request);
        answer["key"] = key;
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

        _answers[key] = answer;
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
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var start = 0;
        for (var end = Array.IndexOf(bytes, (byte)'\n'); end >= 0; end = Array.IndexOf(bytes, (byte)'\n', start))
        {
            Read(bytes.AsSpan(start, end - start));
            start = end + 1;
        }

        _file.Position = start;
        _file.SetLength(start); // what follows the last line end was never whole
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject answer && answer["key"] is JsonValue key) _answers[key.ToString()] = answer;
        }
        catch (JsonException)
        {
            // A line that was torn, by a crash of the machine for example: its question is simply asked again.
        }
    }
}
