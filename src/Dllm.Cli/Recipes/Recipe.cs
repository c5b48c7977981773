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
    public static Recipe Read(string path) => File.Exists(path) || Directory.Exists(path)
        ? Parse(path, YamlText.ReadFile(path))
        : throw new DllmException($"the recipe {path} does not exist", "name a YAML file");

    /// <summary>Reads YAML text.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="DllmException">As <see cref="Read"/>.</exception>
    public static Recipe Parse(string path, string text) => Parse(path, YamlText.Read(path, text));

    private static Recipe Parse(string path, YamlNode? root)
    {
        if (root is null) return new Recipe(path, []);
        if (root is not YamlMap mapping) throw new DllmException($"the recipe {path} is no mapping", "write lines such as 'learning-rate: 1e-4'");
        var entries = new List<RecipeEntry>();
        var lines = new Dictionary<string, int>();
        foreach (var (key, value) in mapping.Pairs)
        {
            string name = key.Text.Replace('_', '-');
            if (!lines.TryAdd(name, key.Line)) throw Bad(path, key, $"'{name}' stands in line {lines[name]} too", "leave one out");
            if (Value(path, name, value) is { } entry) entries.Add(entry);
        }

        return new Recipe(path, entries);
    }

    private static RecipeEntry? Value(string path, string name, YamlNode node) => node switch
    {
        { Tag: { } tag } => throw Bad(path, node, $"'{name}' has the tag {tag}, and nothing in a recipe is executed or included", "write its value"),
        YamlScalar { IsPlain: true, Text: "" or "~" or "null" } => null,
        YamlList { Items.Count: 0 } => null,
        YamlScalar scalar => new RecipeEntry(name, scalar.Text, node.Line),
        YamlList list when list.Items.All(item => item is YamlScalar { Tag: null }) =>
            new RecipeEntry(name, string.Join(',', list.Items.Cast<YamlScalar>().Select(item => item.Text)), node.Line),
        _ => throw Bad(path, node, $"'{name}' is neither a value nor a list of values", "write 'name: value'"),
    };

    private static DllmException Bad(string path, YamlNode node, string what, string remedy) =>
        new($"the recipe {path}, line {node.Line}: {what}", remedy);
}

/// <summary>A line of a recipe.</summary>
/// <param name="Name">The option's name without the dashes.</param>
/// <param name="Value">Its value as text.</param>
/// <param name="Line">Where it stands, counted from 1.</param>
internal sealed record RecipeEntry(string Name, string Value, int Line);
