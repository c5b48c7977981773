using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Cli.Display;
using Dllm.Models;
using Dllm.Runtime;
using TorchSharp;

namespace Dllm.Cli;

/// <summary>What <c>dllm inspect</c> says, as text or JSON.</summary>
internal sealed class InspectReport
{
    private const int LabelWidth = 12;

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _name;
    private readonly CheckpointInspection _found;
    private readonly torch.ScalarType _dtype;

    /// <summary>A report.</summary>
    /// <param name="name">What was inspected.</param>
    /// <param name="inspection">What was found.</param>
    /// <param name="dtype">The type in which it would compute.</param>
    public InspectReport(string name, CheckpointInspection inspection, torch.ScalarType dtype)
    {
        (_name, _found, _dtype) = (name, inspection, dtype);
    }

    /// <summary>The tensors with values that are not finite; null where nobody looked.</summary>
    public IReadOnlyList<string>? NotFinite { get; init; }

    /// <summary>Bytes of memory that are free.</summary>
    public long Available { get; init; } = AvailableMemory.Read();

    private long Parameters => _found.Sizes?.Parameters ?? _found.StoredTypes.Sum(type => type.Elements);

    private long Needed => Parameters * (_dtype == torch.ScalarType.Float32 ? 4 : 2);

    /// <summary>
    /// What keeps the checkpoint from being used, here or anywhere: its faults, texts that it cannot read or write, too little memory.
    /// </summary>
    private IEnumerable<string> Obstacles() =>
    [
        .. _found.Faults.Select(fault => fault.Message),
        .. WithoutText is { } missing ? [missing] : Array.Empty<string>(),
        .. Needed > Available ? [TooLarge] : Array.Empty<string>(),
    ];

    /// <summary>Whether anything is wrong with the checkpoint itself, wherever and with whatever tokenizer it is to be used.</summary>
    public bool IsFaulty => _found.Faults.Count > 0 || NotFinite is { Count: > 0 };

    // What texts need: the library opens a model without, the commands do not.
    private string? WithoutText => _found switch
    {
        { Faults.Count: > 0 } or { Family: null } => null,
        { Tokenizer: null } => "it has no tokenizer.json; copy the tokenizer's files into its folder",
        { Family.IsAutoregressive: false, Tokenizer.SpecialTokens.MaskId: null } =>
            "its tokenizer has no mask token; use a checkpoint of a masked diffusion model",
        _ => null,
    };

    private static string Things(int count) => count == 1 ? "one thing is" : $"{count} things are";

    private string Memory => $"as {TypeName} the weights need {ByteSize.Show(Needed)}, {ByteSize.Show(Available)} of memory are free ({Device})";

    private string TooLarge => Memory + (_dtype == torch.ScalarType.Float32 && 2 * Parameters <= Available ? "; use --dtype bfloat16" : "; use a smaller model");

    private static string Device => NativeRuntime.CudaIsAvailable ? "cpu or cuda" : "cpu";

    /// <summary>Lines of a label and what belongs to it.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        void Line(string label, string value) => text.AppendLine($"{label.PadRight(LabelWidth)}{VisibleText.Line(value)}");

        Line("checkpoint", _name);
        Line("family", Family());
        if (_found.Sizes is { } sizes) Line("sizes", Describe(sizes));
        Line("parameters", Number(Parameters) + (_found.Sizes is { } all && all.ActiveParameters != all.Parameters
            ? $", of which a token uses {Number(all.ActiveParameters)}" : ""));
        Line("weights", string.Join(", ", _found.StoredTypes.Select(type =>
            $"{type.Type}: {Number(type.Tensors)} tensors, {ByteSize.Show(type.Bytes)}").DefaultIfEmpty("none")));
        foreach (var file in _found.Weights.Files) Line("", $"{file.Name}: {Number(file.Tensors)} tensors, {ByteSize.Show(file.Bytes)}");
        Line("memory", $"float32 {ByteSize.Show(4.0 * Parameters)}, bfloat16 {ByteSize.Show(2.0 * Parameters)}, "
            + $"int8 about {ByteSize.Show(Parameters)}");
        if (_found.Config is not null) AddTokenizer(Line);
        if (_found.Family is { } family) Line("samplers", string.Join(", ", family.Samplers));
        string[] obstacles = [.. Obstacles()];
        Line("runs here", obstacles.Length == 0 ? $"yes: {Memory}"
            : _found.Faults.Count == 0 ? $"no: {string.Join("; ", obstacles)}"
            : $"no: {Things(obstacles.Length)} wrong, see below");
        if (NotFinite is { } broken) Line("values", broken.Count == 0 ? "all finite" : $"NaN or infinity in {string.Join(", ", broken)}");
        foreach (string warning in _found.Warnings) Line("note", warning);
        foreach (string obstacle in _found.Faults.Count > 0 ? obstacles : []) Line("wrong", obstacle);
        return text.ToString().TrimEnd();
    }

    /// <summary>One object; numbers are bytes and counts.</summary>
    public string ToJson()
    {
        var sizes = _found.Sizes;
        var special = _found.Tokenizer?.SpecialTokens;
        return new JsonObject
        {
            ["checkpoint"] = _name,
            ["model_type"] = _found.ModelType,
            ["supported"] = _found.Family is not null,
            ["autoregressive"] = _found.Family?.IsAutoregressive,
            ["layers"] = sizes?.Layers,
            ["width"] = sizes?.Width,
            ["heads"] = sizes?.Heads,
            ["key_value_heads"] = sizes?.KeyValueHeads ?? sizes?.Heads,
            ["vocabulary"] = sizes?.Vocabulary,
            ["context"] = sizes?.Context,
            ["experts"] = sizes?.ExpertsPerLayer,
            ["experts_per_token"] = sizes?.ExpertsPerToken,
            ["parameters"] = Parameters,
            ["active_parameters"] = sizes?.ActiveParameters,
            ["stored"] = new JsonArray([.. _found.StoredTypes.Select(type => (JsonNode)new JsonObject
            {
                ["dtype"] = type.Type.ToString(), ["tensors"] = type.Tensors, ["parameters"] = type.Elements, ["bytes"] = type.Bytes,
            })]),
            ["files"] = new JsonArray([.. _found.Weights.Files.Select(file => (JsonNode)new JsonObject
            {
                ["name"] = file.Name, ["tensors"] = file.Tensors, ["bytes"] = file.Bytes,
            })]),
            ["memory"] = new JsonObject { ["float32"] = 4 * Parameters, ["bfloat16"] = 2 * Parameters, ["int8"] = Parameters },
            ["tokenizer"] = _found.Tokenizer is not { } tokenizer ? null : new JsonObject
            {
                ["tokens"] = tokenizer.VocabularySize,
                ["mask"] = special!.Mask,
                ["mask_id"] = special.MaskId,
                ["pad"] = special.Pad,
                ["pad_id"] = special.PadId,
                ["bos"] = special.Bos,
                ["bos_id"] = special.BosId,
                ["eos"] = special.Eos,
                ["eos_id"] = special.EosId,
                ["end_of_turn"] = special.EndOfTurn,
                ["end_of_turn_id"] = special.EndOfTurnId,
                ["chat_template"] = TemplateSource(),
            },
            ["samplers"] = _found.Family is not { } family ? null : new JsonArray([.. family.Samplers.Select(name => (JsonNode)name)]),
            ["dtype"] = TypeName,
            ["needed_bytes"] = Needed,
            ["available_bytes"] = Available,
            ["runs_here"] = !Obstacles().Any(),
            ["obstacles"] = new JsonArray([.. Obstacles().Select(obstacle => (JsonNode)obstacle)]),
            ["devices"] = Device,
            ["not_finite"] = NotFinite is null ? null : new JsonArray([.. NotFinite.Select(name => (JsonNode)name)]),
            ["warnings"] = new JsonArray([.. _found.Warnings.Select(warning => (JsonNode)warning)]),
            ["faults"] = new JsonArray([.. _found.Faults.Select(fault => (JsonNode)fault.Message)]),
        }.ToJsonString(Readable);
    }

    private string TypeName => _dtype switch
    {
        torch.ScalarType.BFloat16 => "bfloat16",
        torch.ScalarType.Float16 => "float16",
        _ => "float32",
    };

    private string Family() => _found.Family switch
    {
        null => _found.ModelType is { } type ? $"{type} (not supported)" : "unknown",
        { IsAutoregressive: true } family => $"{family.ModelType} (autoregressive)",
        var family => $"{family.ModelType} (diffusion)",
    };

    private static string Describe(ModelSizes sizes)
    {
        var parts = new List<string> { $"{sizes.Layers} layers", $"width {sizes.Width}" };
        if (sizes.Heads is { } heads) parts.Add($"{heads} heads{(sizes.KeyValueHeads is { } fewer ? $" ({fewer} of keys and values)" : "")}");
        if (sizes.ExpertsPerLayer is { } experts) parts.Add($"{experts} experts{(sizes.ExpertsPerToken is { } used ? $" ({used} a token)" : "")}");
        return string.Join(", ", [.. parts, $"vocabulary {Number(sizes.Vocabulary)}", $"context {Number(sizes.Context)} tokens"]);
    }

    private void AddTokenizer(Action<string, string> line)
    {
        if (_found.Tokenizer is not { } tokenizer)
        {
            line("tokenizer", "none");
            return;
        }

        var special = tokenizer.SpecialTokens;
        (string Name, string? Text, int? Id)[] named =
        [
            ("mask", special.Mask, special.MaskId), ("pad", special.Pad, special.PadId), ("bos", special.Bos, special.BosId),
            ("eos", special.Eos, special.EosId), ("end of turn", special.EndOfTurn, special.EndOfTurnId),
        ];
        line("tokenizer", $"{Number(tokenizer.VocabularySize)} tokens");
        line("", string.Join(", ", named.Where(token => token.Text is not null)
            .Select(token => $"{token.Name} {token.Text}{(token.Id is { } id ? $" ({id})" : "")}").DefaultIfEmpty("no special tokens")));
        line("template", TemplateSource() switch { "own" => "the checkpoint's own", "family" => "its family's", _ => "none" });
    }

    private string? TemplateSource() => _found.Tokenizer?.ChatTemplateSource is null ? null : _found.HasOwnChatTemplate ? "own" : "family";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
