namespace Dllm.Data;

/// <summary>
/// The data sets that need more than their rows: a split made at random, a default configuration, other column names. One row a data set;
/// every other name is opened as it is.
/// </summary>
internal static class KnownDatasets
{
    private const string Configuration = "name";
    private const string Language = "lang";
    private const string Train = "train";

    /// <summary>How the conversations of a data set are read.</summary>
    /// <param name="Name">The data set's name on its hub.</param>
    /// <param name="Options">The keys it knows in a specification.</param>
    /// <param name="Open">Opens it.</param>
    internal sealed record Recipe<T>(string Name, string[] Options, Func<IDatasetCatalog, DatasetPart, DatasetSplits<T>> Open);

    /// <summary>Conversations to fine-tune on.</summary>
    public static IReadOnlyList<Recipe<Conversation>> Conversations { get; } =
    [
        new("tatsu-lab/alpaca", [], (catalog, part) => HoldOut(Rows(catalog, part).Select(ConversationFormat.Alpaca))),
        new("allenai/tulu-3-sft-mixture", [], (catalog, part) => HoldOut(Rows(catalog, part).Select(ConversationFormat.Read))),
        new("HuggingFaceTB/smoltalk", [Configuration],
            (catalog, part) => Read(catalog.Open(part.Name, part.Options.GetValueOrDefault(Configuration, "all")))),
        new("OpenCoder-LLM/opc-sft-stage1", [Configuration, Language], OpenCoderSft),
        new("OpenCoder-LLM/opc-sft-stage2", [Configuration, Language], OpenCoderSft),
        new("HuggingFaceH4/ultrachat_200k", [], (catalog, part) =>
        {
            var splits = catalog.Open(part.Name, null);
            return Read(new([KeyValuePair.Create(Train, splits["train_sft"]), KeyValuePair.Create("test", splits["test_sft"])]));
        }),
    ];

    /// <summary>Any other data set of conversations.</summary>
    public static Recipe<Conversation> OtherConversations { get; } =
        new("", [Configuration], (catalog, part) => Read(catalog.Open(part.Name, part.Options.GetValueOrDefault(Configuration))));

    /// <summary>Texts to pre-train on.</summary>
    public static IReadOnlyList<Recipe<DataRow>> Texts { get; } =
    [
        new("OpenCoder-LLM/opc-annealing-corpus", [Configuration, Language], OpenCoderAnnealing),
    ];

    /// <summary>Any other data set of texts.</summary>
    public static Recipe<DataRow> OtherTexts { get; } =
        new("", [Configuration], (catalog, part) => catalog.Open(part.Name, part.Options.GetValueOrDefault(Configuration)));

    private static DatasetSplits<Conversation> Read(DatasetSplits<DataRow> splits)
        => splits.Select(rows => rows.Select(ConversationFormat.Read));

    private static IEnumerable<DataRow> Rows(IDatasetCatalog catalog, DatasetPart part) => catalog.Open(part.Name, null)[Train];

    /// <summary>Splits rows into training and test rows as every data set without a test split is split.</summary>
    private static DatasetSplits<T> HoldOut<T>(IEnumerable<T> rows)
    {
        var all = rows.ToArray();
        var split = TrainTestSplit.Random(all.Length);
        return new([KeyValuePair.Create(Train, Pick(split.Train)), KeyValuePair.Create("test", Pick(split.Test))]);

        IEnumerable<T> Pick(int[] indices) => indices.Select(i => all[i]);
    }

    private static DatasetSplits<Conversation> OpenCoderSft(IDatasetCatalog catalog, DatasetPart part)
    {
        var conversations = Configurations(catalog, part)
            .SelectMany(configuration => catalog.Open(part.Name, configuration)[Train])
            .Select(row => Conversation.Of(Required(row, "instruction", part), Required(row, "output", part)));
        var splits = HoldOut(conversations);
        return part.Options.GetValueOrDefault(Language) is { } language
            ? splits.Select(rows => rows.Where(c => c.Messages[1].Content.Contains(language, StringComparison.Ordinal)))
            : splits;
    }

    private static DatasetSplits<DataRow> OpenCoderAnnealing(IDatasetCatalog catalog, DatasetPart part)
    {
        var language = part.Options.GetValueOrDefault(Language);
        return new(Train, Configurations(catalog, part).SelectMany(configuration =>
        {
            var column = configuration == "synthetic_qa" ? "program_lang" : "lang";
            return catalog.Open(part.Name, configuration)[Train].Where(row => language is null || row.Text(column) == language);
        }));
    }

    private static IReadOnlyList<string> Configurations(IDatasetCatalog catalog, DatasetPart part)
    {
        if (part.Options.TryGetValue(Configuration, out var only))
        {
            return [only];
        }

        var all = catalog.Configurations(part.Name);
        return all.Count > 0 ? all : throw new DllmException($"the data set {part.Name} has no configurations");
    }

    private static string Required(DataRow row, string column, DatasetPart part) => row.Text(column)
        ?? throw new DllmException($"a row of {part.Name} has no text '{column}', only {string.Join(", ", row.Values.Keys)}");
}
