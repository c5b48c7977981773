using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// One YAML file of a task or a group as the evaluation harness writes them, with what it includes once that is merged. A
/// <c>!function module.name</c> becomes an object that <see cref="HookName"/> reads.
/// </summary>
/// <param name="Path">The file, for messages and for what it includes.</param>
/// <param name="Values">Its top-level keys.</param>
/// <param name="Places">Where each top-level key stands: the file itself or one that it includes, and the line counted from 1.</param>
internal sealed record TaskYaml(string Path, JsonObject Values, IReadOnlyDictionary<string, (string Path, int Line)> Places)
{
    /// <summary>Reads a file's text.</summary>
    /// <exception cref="DllmException">It is no YAML, or no mapping.</exception>
    public static TaskYaml Parse(string path, string text) => TaskYamlReader.Read(path, text);

    /// <summary>A mistake at a key; of a key within a top-level one (<c>fewshot_config.samples</c>) the place is the latter's.</summary>
    public DllmException Fault(string key, string what, string? remedy = null) => new($"{PlaceOf(key)}: {what}", remedy);

    /// <summary>A value at a key that has to be a single one, as text.</summary>
    /// <exception cref="DllmException">It is nothing, a list or a mapping.</exception>
    public string TextOf(string key, JsonNode? value, string what) => value is JsonValue one
        ? one.ToString()
        : throw Fault(key, value is null ? $"{what} is missing" : $"{what} is {value.ToJsonString()}, not a text");

    /// <summary>Says at which key of the file a mistake arises that <paramref name="work"/> meets.</summary>
    public void At(string key, Action work)
    {
        try
        {
            work();
        }
        catch (DllmException e)
        {
            throw new DllmException($"{PlaceOf(key)}: {e.Message}", innerException: e);
        }
    }

    private string PlaceOf(string key) =>
        Places.TryGetValue(key.Split('.')[0], out var place) ? $"{place.Path}, line {place.Line}" : Path;
}
