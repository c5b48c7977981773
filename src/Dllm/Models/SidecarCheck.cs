using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Tokenization;

namespace Dllm.Models;

/// <summary>
/// What the sidecar files of a checkpoint say that is not done here, is not known, or contradicts the other files: nothing that keeps a model
/// from being opened, but that its user wants to know. See <see cref="SidecarKeys"/>.
/// </summary>
internal static class SidecarCheck
{
    private const int Most = 8; // keys in one sentence

    /// <summary>Names of one thing in the files of different families and versions.</summary>
    private static readonly string[][] Spellings =
    [
        ["num_hidden_layers", "n_layers", "n_layer"], ["hidden_size", "d_model", "n_embd"], ["num_attention_heads", "n_heads", "n_head"],
        ["num_key_value_heads", "n_kv_heads"], ["max_position_embeddings", "max_sequence_length", "n_positions"],
        ["hidden_act", "hidden_activation", "activation_function"], ["dtype", "torch_dtype"], ["tie_word_embeddings", "weight_tying"],
        ["num_experts", "n_routed_experts", "num_local_experts"],
    ];

    /// <summary>What of generation_config.json has an option, by its key.</summary>
    private static readonly FrozenDictionary<string, string> Options = new Dictionary<string, string>
    {
        ["temperature"] = "--temperature",
        ["top_p"] = "--top-p",
        ["top_k"] = "--top-k",
        ["alg"] = "--alg",
        ["alg_temp"] = "--alg-temp",
        ["cfg_scale"] = "--cfg-scale",
        ["block_length"] = "--block-size",
        ["threshold"] = "--threshold",
        ["max_length"] = "--max-length",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The warnings, one sentence each.</summary>
    /// <param name="directory">The checkpoint's folder.</param>
    /// <param name="config">config.json.</param>
    /// <param name="generation">generation_config.json, or null.</param>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="vocabulary">Tokens that the model scores.</param>
    /// <param name="stored">The types of the weights; empty where there are none.</param>
    /// <exception cref="DllmException">config.json says two things about positions, of which no weight tells which is right.</exception>
    public static IReadOnlyList<string> Warnings(
        string directory, JsonConfig config, JsonConfig? generation, Tokenizer? tokenizer, int vocabulary, IEnumerable<SafetensorsType> stored)
    {
        var said = new List<string>();
        said.AddRange(Unread("config.json", config, SidecarKeys.Config));
        said.AddRange(Contradictions(config));
        if (Type(config, [.. stored]) is { } type) said.Add(type);
        if (generation is not null)
        {
            said.AddRange(Unread("generation_config.json", generation, SidecarKeys.Generation));
        }

        if (tokenizer is not null)
        {
            foreach (var name in (string[])["tokenizer_config.json", "special_tokens_map.json"])
            {
                var path = Path.Combine(directory, name);
                if (File.Exists(path)) said.AddRange(Unread(name, JsonConfig.Load(path), SidecarKeys.Tokenizer));
            }

            if (config.IsInteger("mask_token_id", out var mask) && tokenizer.SpecialTokens.MaskId is { } own && mask != own)
                said.Add($"config.json says that token {mask} is the mask, the tokenizer's is {tokenizer.SpecialTokens.Mask} ({own}): the tokenizer's is used");
        }

        long[] strange = [.. EndTokens.Named(config, generation).Where(id => id < 0 || id >= vocabulary)];
        if (strange.Length > 0)
            said.Add($"eos_token_id names {string.Join(", ", strange.Take(Most))}, but the model has {vocabulary} tokens: texts do not end there");
        return said;
    }

    private static IEnumerable<string> Unread(string file, JsonConfig config, FrozenDictionary<string, SidecarUse> table)
    {
        bool samples = config.IsFlag("do_sample") && config.Flag("do_sample");
        string[] asked = [.. config.Keys.Where(key => !AsksForNothing(key, config.Node(key)))];
        string[] named = [.. asked.Where(key => table.GetValueOrDefault(key, SidecarUse.Used) == SidecarUse.Named
            && (samples || key is not ("temperature" or "top_p" or "top_k" or "min_p" or "typical_p")))];
        if (named.Length > 0)
        {
            string[] options = [.. named.Where(Options.ContainsKey).Select(key => $"{Options[key]} {Show(config.Node(key))}")];
            yield return options.Length > 0
                ? $"{file} asks for {List(named, config)}, which is not the default here: give {string.Join(' ', options)} where the sampler has them"
                : $"{file} asks for {List(named, config)}, which is not supported and is ignored";
        }

        string[] unknown = [.. asked.Where(key => !table.ContainsKey(key))];
        if (unknown.Length > 0) yield return $"{file} has unknown keys, which are ignored: {List(unknown, config)}";
    }

    private static IEnumerable<string> Contradictions(JsonConfig config)
    {
        foreach (var names in Spellings)
        {
            string[] given = [.. names.Where(config.Has)];
            if (given.Select(name => config.Node(name)!.ToJsonString()).Distinct().Count() > 1)
                yield return $"config.json contradicts itself: {List(given, config)}; models of type {config.ModelType} read their own family's spelling";
        }

        if (config.Node("rope_parameters") is JsonObject now && config.Node("rope_scaling") is JsonObject before
            && (Kind(now) != Kind(before) || !JsonNode.DeepEquals(now["factor"], before["factor"])))
        {
            throw config.Error("rope_parameters and rope_scaling are both there and contradict each other", "remove the one that is wrong");
        }

        static string Kind(JsonObject rope) => (rope["rope_type"] ?? rope["type"])?.ToString() ?? "default";
    }

    private static string? Type(JsonConfig config, SafetensorsType[] stored)
    {
        var said = (config.Node("dtype") ?? config.Node("torch_dtype"))?.ToString();
        var name = said switch { "float32" => "F32", "bfloat16" => "BF16", "float16" => "F16", _ => null };
        return name is null || stored.Length == 0 || Array.Exists(stored, type => type.ToString() == name) ? null
            : $"config.json says {said}, but the weights are {string.Join(", ", stored.Distinct())}";
    }

    // Defaults, and what is switched off.
    private static bool AsksForNothing(string key, JsonNode? value) => value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject members => members.Count == 0,
        JsonValue scalar => scalar.GetValueKind() switch
        {
            JsonValueKind.False => true,
            JsonValueKind.String => scalar.ToString().Length == 0,
            JsonValueKind.Number => scalar.TryGetValue<double>(out var number)
                && (number is 0 or 1 || (key == "top_k" && number == 50) || (key == "max_length" && number == 20)),
            _ => false,
        },
        _ => false,
    };

    private static string List(string[] keys, JsonConfig config) =>
        string.Join(", ", keys.Take(Most).Select(key => $"{SafeText.Show(key)} {Show(config.Node(key))}"))
        + (keys.Length > Most ? $" and {keys.Length - Most} more" : "");

    private static string Show(JsonNode? value)
    {
        string text = value is JsonArray or JsonObject ? "…" : value?.ToString() ?? "null";
        return SafeText.Show(text.Length <= 40 ? text : text[..40] + "…");
    }
}
