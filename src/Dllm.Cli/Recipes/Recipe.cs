using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Dllm.Cli.Recipes;

/// <summary>
/// A YAML file of option names and values: <c>learning-rate: 1e-4</c>. A list is a value with commas; null or an empty list leaves the option out.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Entries">Names (in kebab-case, without dashes in front) and values, in the file's order.</param>
internal sealed record Recipe(string Path, IReadOnlyList<RecipeEntry> Entries)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="DllmException">It is missing, no YAML, or no flat mapping of names to values.</exception>
    public static Recipe Read(string path)
    {
        if (!File.Exists(path)) throw new DllmException($"the recipe {path} does not exist", "name a YAML file");
        try
        {
            using var reader = File.OpenText(path);
            return Parse(path, reader);
        }
        catch (YamlException e)
        {
            throw new DllmException($"the recipe {path} is not valid YAML: line {e.Start.Line}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Reads YAML text.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="reader">The text.</param>
    public static Recipe Parse(string path, TextReader reader)
    {
        var yaml = new YamlStream();
        yaml.Load(reader);
        if (yaml.Documents.Count == 0) return new Recipe(path, []);
        if (yaml.Documents[0].RootNode is not YamlMappingNode mapping)
            throw new DllmException($"the recipe {path} is no mapping", "write lines such as 'learning-rate: 1e-4'");
        var entries = new List<RecipeEntry>();
        foreach (var (key, value) in mapping.Children)
        {
            string name = key is YamlScalarNode { Value: { } text } ? text.Replace('_', '-') : throw Bad(path, key, "a key is no name");
            if (Value(path, name, value) is { } entry) entries.Add(entry);
        }

        return new Recipe(path, entries);
    }

    private static RecipeEntry? Value(string path, string name, YamlNode node) => node switch
    {
        YamlScalarNode { Value: null } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => null,
        YamlSequenceNode { Children.Count: 0 } => null,
        YamlScalarNode scalar => new RecipeEntry(name, scalar.Value!, (int)node.Start.Line),
        YamlSequenceNode list when list.Children.All(item => item is YamlScalarNode) =>
            new RecipeEntry(name, string.Join(',', list.Children.Cast<YamlScalarNode>().Select(item => item.Value)), (int)node.Start.Line),
        _ => throw Bad(path, node, $"'{name}' is neither a value nor a list of values"),
    };

    private static DllmException Bad(string path, YamlNode node, string what) =>
        new($"the recipe {path}, line {node.Start.Line}: {what}", "write 'name: value'");
}

/// <summary>A line of a recipe.</summary>
/// <param name="Name">The option's name without the dashes.</param>
/// <param name="Value">Its value as text.</param>
/// <param name="Line">Where it stands, counted from 1.</param>
internal sealed record RecipeEntry(string Name, string Value, int Line);
