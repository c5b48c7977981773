using Dllm.Data;

namespace Dllm.Verification;

/// <summary>The small data sets that the specification cases describe in words (<c>toy_hub</c>), by the names of real ones.</summary>
internal sealed class ToyHub : IDatasetCatalog
{
    private const string Train = "train";
    private static readonly string[] AnnealingCorpora = ["algorithmic_corpus", "synthetic_code_snippet", "synthetic_qa"];
    private static readonly string[] SftStage2 = ["educational_instruct", "evol_instruct"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Configurations(string name) => name switch
    {
        "OpenCoder-LLM/opc-sft-stage2" => SftStage2,
        "OpenCoder-LLM/opc-annealing-corpus" => AnnealingCorpora,
        _ => [],
    };

    /// <inheritdoc/>
    public DatasetSplits<DataRow> Open(string name, string? configuration) => name switch
    {
        "org/two" => Splits((Train, Chats("two-tr", 6)), ("test", Chats("two-te", 3))),
        "org/one" => Splits((Train, Chats("one", 7))),
        "org/val" => Splits(("validation", Chats("val", 5))),
        "allenai/tulu-3-sft-mixture" => Splits((Train, Chats("tulu", 30))),
        "HuggingFaceTB/smoltalk" => Splits((Train, Chats($"smol-{configuration}", 4)), ("test", Chats($"smolte-{configuration}", 2))),
        "HuggingFaceH4/ultrachat_200k" =>
            Splits(("train_sft", Chats("uc", 5)), ("test_sft", Chats("uct", 2)), ("train_gen", Chats("ucg", 2))),
        "OpenCoder-LLM/opc-sft-stage2" => Splits((Train, Rows(12, i => Row(
            ("instruction", $"{configuration}-i{i}"), ("output", $"{(i % 3 == 0 ? "java" : "python")} {configuration}-o{i}"))))),
        "org/web" => Splits((Train, Texts(Train, configuration, 6))),
        "org/wiki" => Splits(
            (Train, Texts(Train, configuration, 5)),
            ("validation", Texts("validation", configuration, 2)),
            ("test", Texts("test", configuration, 3))),
        "org/only_test" => Splits(("test", Texts("test", configuration, 4))),
        "OpenCoder-LLM/opc-annealing-corpus" => Splits((Train, Rows(6, i => Row(
            ("text", $"{Train}<{configuration}>-{i}"),
            ("lang", i % 2 == 0 ? "python" : "java"),
            ("program_lang", i % 2 == 0 ? "java" : "python"))))),
        _ when name.Contains("tatsu-lab/alpaca", StringComparison.Ordinal) => Splits((Train, Rows(40, i => Row(
            ("instruction", $" Do {i} "), ("input", i % 2 == 1 ? "" : $"\nwith {i}\n"), ("output", $" out{i} "))))),
        _ => throw new DllmException($"the toy hub has no data set {name}"),
    };

    private static DatasetSplits<DataRow> Splits(params (string Name, IEnumerable<DataRow> Rows)[] splits)
        => new(splits.Select(split => KeyValuePair.Create(split.Name, split.Rows)));

    private static IEnumerable<DataRow> Chats(string prefix, int count) => Rows(count, i => Row(("messages", new object[]
    {
        Row(("role", "user"), ("content", $"{prefix}-q{i}")).Values,
        Row(("role", "assistant"), ("content", $"{prefix}-a{i}")).Values,
    })));

    private static IEnumerable<DataRow> Texts(string split, string? configuration, int count)
        => Rows(count, i => Row(("text", configuration is null ? $"{split}-{i}" : $"{split}<{configuration}>-{i}")));

    private static IEnumerable<DataRow> Rows(int count, Func<int, DataRow> row) => Enumerable.Range(0, count).Select(row);

    private static DataRow Row(params (string Column, object? Value)[] values) => new(values.ToDictionary(v => v.Column, v => v.Value));
}
