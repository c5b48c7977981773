using Dllm.Checkpoints;
using Dllm.Checkpoints.Hub;
using Dllm.Models;

namespace Dllm.Fuzz.Targets;

/// <summary>The files of a checkpoint, and what a hub says.</summary>
internal static class CheckpointTargets
{
    private static readonly string[] ConfigWords =
    [
        "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "vocab_size", "intermediate_size", "rope_theta",
        "rope_scaling", "type", "factor", "yarn", "linear", "dynamic", "llama3", "original_max_position_embeddings", "max_position_embeddings", "hidden_act",
        "silu", "gelu", "tie_word_embeddings", "torch_dtype", "dtype", "bfloat16", "eos_token_id", "bos_token_id", "pad_token_id", "mask_token_id", "head_dim",
        "num_experts", "num_experts_per_tok", "layer_types", "d_model", "n_heads", "n_layers", "n_embd", "attention_bias", "architectures",
        "bert", "modernbert", "roberta", "llada", "Dream", "a2d-qwen3", "llada2_moe", "gpt2", "editflow-dream",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("config", new(() => Seeds.Configs), (bytes, folder) => Inspect(folder, "config.json", bytes)) { Words = ConfigWords },
        new FuzzTarget("generation", new(() => Seeds.Generation), (bytes, folder) => Inspect(folder, "generation_config.json", bytes)) { Words = ConfigWords },
        FuzzTarget.OfFile("safetensors", "model.safetensors", Seeds.Safetensors, path =>
        {
            using var file = SafetensorsFile.Open(path);
            CheckpointManifest.Read(Path.GetDirectoryName(path)!);
        }) with { Words = ["F32", "BF16", "I64", "F8_E4M3", "U8", "dtype", "shape", "data_offsets", "__metadata__"] },
        FuzzTarget.OfFile("index", "model.safetensors.index.json", Seeds.Indices, path =>
        {
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, "a.safetensors"), Seeds.Safetensors[0]);
            CheckpointIndex.Load(path);
            CheckpointInspection.Of(Path.GetDirectoryName(path)!);
        }) with { Words = ["weight_map", "metadata", "total_size", "a.safetensors", "b.safetensors", "../a.safetensors"] },
        new FuzzTarget("listing", new(() => Seeds.Listings), (bytes, _) => HubListing.Parse(bytes, "the hub")) with
        {
            Words = ["siblings", "rfilename", "size", "lfs", "sha256", "sha", "id", "private", "gated", "../x", "/x", "blobId"],
        },
        FuzzTarget.OfText("references", Seeds.References, text =>
        {
            HubReference.TryParse(text);
            HubReference.TryParse(text, HubKind.Dataset);
            HubReference.IsAddress(text);
        }),
    ];

    private static void Inspect(string folder, string file, byte[] bytes)
    {
        foreach (var path in Directory.GetFiles(Seeds.Chat))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(path)), path);
        File.Delete(Path.Combine(folder, file));
        File.WriteAllBytes(Path.Combine(folder, file), bytes);
        var inspection = CheckpointInspection.Of(folder);
        if (inspection.Faults.Count > 0)
            throw inspection.Faults[0];
    }
}
