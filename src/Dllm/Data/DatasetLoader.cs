namespace Dllm.Data;

/// <summary>
/// Opens what a <see cref="DatasetSpec"/> names: finds each data set, limits its splits and joins them. Follows the original's
/// <c>load_sft_dataset</c> and <c>load_pt_dataset</c>.
/// </summary>
/// <param name="catalog">Where names lead.</param>
/// <param name="rules">How strictly the specification is read; default <see cref="SpecRules.Strict"/>.</param>
public sealed class DatasetLoader(IDatasetCatalog catalog, SpecRules rules = SpecRules.Strict)
{
    /// <summary>The conversations of a specification, to fine-tune on.</summary>
    /// <exception cref="DllmException">A data set is missing, or (strict rules) does not know a split or key.</exception>
    public DatasetSplits<Conversation> LoadConversations(DatasetSpec spec) => DatasetSplits<Conversation>.Concat(
        [.. spec.Parts.Select(part => Limit(Open(KnownDatasets.Conversations, KnownDatasets.OtherConversations, part, spec), part, spec))]);

    /// <summary>The texts of a specification, to pre-train on.</summary>
    /// <param name="spec">What to open.</param>
    /// <param name="column">The column that holds the text; default <c>text</c>.</param>
    /// <exception cref="DllmException">As <see cref="LoadConversations"/>; while reading: a row lacks the column.</exception>
    public DatasetSplits<string> LoadTexts(DatasetSpec spec, string column = "text") => Texts(
        DatasetSplits<DataRow>.Concat([.. spec.Parts.Select(part => Limit(OpenText(part, spec), part, spec))]), column);

    /// <summary>
    /// As <see cref="LoadTexts"/> by the rules of streams: test rows come before training rows, splits not asked for are left out
    /// (<see cref="SplitLimits.ApplyToStream"/>), and the training split begins anew whenever it ends, for ever.
    /// </summary>
    /// <exception cref="DllmException">As <see cref="LoadTexts"/>.</exception>
    public DatasetSplits<string> StreamTexts(DatasetSpec spec, string column = "text")
    {
        var splits = DatasetSplits<DataRow>.Concat(
            [.. spec.Parts.Select(part => SplitLimits.ApplyToStream(OpenText(part, spec), part.Limits))]);
        return Texts(
            new(splits.Names.Select(name => KeyValuePair.Create(name, name == "train" ? Forever(splits[name]) : splits[name]))), column);
    }

    /// <summary>Whether a name or path is that of a known data set.</summary>
    /// <param name="name">As written; of a path the last two parts count.</param>
    /// <param name="known">The known name, <c>owner/name</c>.</param>
    /// <param name="rules">Strict: exactly, perhaps with an @revision; as in the original: the name contains the known one.</param>
    public static bool IsNamed(string name, string known, SpecRules rules = SpecRules.Strict) => rules == SpecRules.Reference
        ? name.Contains(known, StringComparison.Ordinal)
        : name == known || name.StartsWith(known + "@", StringComparison.Ordinal) || name.Replace('\\', '/').TrimEnd('/').EndsWith('/' + known, StringComparison.Ordinal);

    private static DatasetSplits<string> Texts(DatasetSplits<DataRow> splits, string column)
        => splits.Select(rows => rows.Select((row, i) => row.Text(column) ?? throw new DllmException(
            $"{row.Origin ?? $"row {i + 1}"} has no text in column '{column}', only {string.Join(", ", row.Values.Keys)}",
            "name the column that holds the text")));

    private static IEnumerable<T> Forever<T>(IEnumerable<T> rows)
    {
        var any = true;
        while (any)
        {
            any = false; // a split without rows ends at once
            foreach (var row in rows)
            {
                any = true;
                yield return row;
            }
        }
    }

    private DatasetSplits<DataRow> OpenText(DatasetPart part, DatasetSpec spec)
        => Open(KnownDatasets.Texts, KnownDatasets.OtherTexts, part, spec);

    private DatasetSplits<T> Open<T>(
        IReadOnlyList<KnownDatasets.Recipe<T>> known, KnownDatasets.Recipe<T> other, DatasetPart part, DatasetSpec spec)
    {
        var recipe = known.FirstOrDefault(r => IsNamed(part.Name, r.Name, rules)) ?? other;
        if (rules == SpecRules.Strict && part.Options.Keys.FirstOrDefault(key => !recipe.Options.Contains(key)) is { } unknown)
        {
            throw new SpecFormatException(
                $"the data set {part.Name} does not know the key '{unknown}'",
                spec.Text,
                part.KeyPositions[unknown],
                $"it knows limits such as train:1000{string.Concat(recipe.Options.Select(key => $" and {key}:"))}");
        }

        return recipe.Open(catalog, part);
    }

    private DatasetSplits<T> Limit<T>(DatasetSplits<T> splits, DatasetPart part, DatasetSpec spec)
        => SplitLimits.Apply(splits, part, spec.Text, rules);
}
