using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Models;

namespace Dllm.Verification;

/// <summary>A folder of reference vectors: <c>case.json</c>, and beside it tensors, a model or a tokenizer.</summary>
public sealed class VerificationCase
{
    private readonly string _top;

    private VerificationCase(string root, string directory, string path, JsonElement json)
    {
        var given = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(root));
        Directory = System.IO.Path.TrimEndingDirectorySeparator(directory);
        _top = given == Directory ? System.IO.Path.GetDirectoryName(given) ?? given : given;
        Path = path;
        Json = json;
        Kind = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("kind", out var kind) && kind.ValueKind == JsonValueKind.String
            ? kind.GetString()!
            : throw new DllmException($"{System.IO.Path.Combine(directory, "case.json")} has no text at key kind");
    }

    /// <summary>The folder's full path.</summary>
    public string Directory { get; }

    /// <summary>The folder relative to the root given, with forward slashes; "." for the root itself.</summary>
    public string Path { get; }

    /// <summary>The content of <c>case.json</c>.</summary>
    public JsonElement Json { get; }

    /// <summary>What kind of case it is, such as <c>forward</c>.</summary>
    public string Kind { get; }

    /// <summary>
    /// The folder of the case's model: its own, or the nearest above it (up to the root given, or one above where that is the case itself)
    /// that holds a <c>config.json</c>, so that cases of one model need not each have a copy. A case may also name it: key <c>model</c>, a
    /// folder relative to the case, where there is one.
    /// </summary>
    public string ModelDirectory => Json.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String
        && System.IO.Path.GetFullPath(System.IO.Path.Combine(Directory, model.GetString()!)) is var named
        && System.IO.File.Exists(System.IO.Path.Combine(named, "config.json"))
            ? named
            : System.IO.Path.GetDirectoryName(File("config.json"))!;

    /// <summary>The family of the case's model.</summary>
    /// <exception cref="CaseSkippedException">The family is not supported.</exception>
    internal ModelFamily RequireFamily()
    {
        var modelType = JsonConfig.Load(System.IO.Path.Combine(ModelDirectory, "config.json")).ModelType;
        return ModelFamilies.Find(modelType) ?? throw new CaseSkippedException($"model_type {modelType} is not supported yet");
    }

    /// <summary>
    /// Full path of a file of the case: beside <c>case.json</c>, or in the nearest folder above it, as far as a model is looked for. Where
    /// it is in none, the path beside <c>case.json</c>.
    /// </summary>
    public string File(string name)
    {
        for (string? folder = Directory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            string file = System.IO.Path.Combine(folder, name);
            if (System.IO.File.Exists(file))
            {
                return file;
            }

            if (folder == _top)
            {
                break;
            }
        }

        return System.IO.Path.Combine(Directory, name);
    }

    /// <summary>All cases below <paramref name="root"/>, in the order of their paths.</summary>
    /// <exception cref="DllmException">The folder does not exist.</exception>
    public static IReadOnlyList<string> Find(string root)
    {
        if (!System.IO.Directory.Exists(root))
        {
            throw new DllmException($"the folder {root} does not exist", "name a folder with reference vectors");
        }

        return [.. System.IO.Directory.EnumerateFiles(root, "case.json", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!)
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Reads the case in <paramref name="directory"/>.</summary>
    /// <exception cref="DllmException"><c>case.json</c> is missing or no JSON object with a kind.</exception>
    public static VerificationCase Read(string root, string directory)
    {
        string file = System.IO.Path.Combine(directory, "case.json");
        try
        {
            using var document = JsonInput.Parse(PlainFile.ReadBytes(file), new JsonDocumentOptions { MaxDepth = 256 });
            string path = System.IO.Path.GetRelativePath(root, directory).Replace('\\', '/');
            return new VerificationCase(root, directory, path, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new DllmException($"{file} is not valid JSON: {e.Message}", innerException: e);
        }
        catch (IOException e)
        {
            throw new DllmException($"{file} cannot be read: {e.Message}", innerException: e);
        }
    }
}
