using System.Text.Json;
using Dllm.Diffusion;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>What the cases of all samplers hold alike.</summary>
internal static class CaseInputs
{
    /// <summary>The rows to complete or fill in.</summary>
    public static int[][] Rows(this VerificationCase c) => c.Json.GetProperty("inputs").IntRows();

    /// <summary>A special token that must be there, such as <c>mask_token_id</c>.</summary>
    public static int Token(this VerificationCase c, string name) => c.Json.GetProperty("tokenizer").Int(name);

    /// <summary>The end-of-sequence token, or none.</summary>
    public static int[] EndTokens(this VerificationCase c) =>
        c.Json.GetProperty("tokenizer").OptionalInt("eos_token_id") is int end ? [end] : [];

    /// <summary>The seed, or null where nothing is drawn.</summary>
    public static long? Seed(this VerificationCase c) => c.Json.Optional("seed")?.GetInt64();

    /// <summary>The noise schedule.</summary>
    public static NoiseSchedule Noise(this VerificationCase c) => NoiseSchedule.ByName(c.Json.Text("scheduler"));

    /// <summary>The options that are set: those that are null, or say how the original returns its result, are left out.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Options(this VerificationCase c, string key = "config") =>
        c.Json.GetProperty(key).EnumerateObject()
            .Where(option => option.Value.ValueKind != JsonValueKind.Null && option.Name != "return_dict")
            .Select(option => (option.Name, option.Value));

    /// <summary>An option that no sampler here has.</summary>
    public static CaseSkippedException Unsupported(string option) => new($"sampler option {option} is not supported yet");

    /// <summary>The number of tokens kept; the original takes 0 for none given.</summary>
    public static int? ToTopK(this JsonElement value) => value.GetInt32() is > 0 and var count ? count : null;

    /// <summary>By what positions are chosen.</summary>
    public static Remasking ToRemasking(this JsonElement value) => value.GetString() switch
    {
        "low_confidence" => Remasking.LowConfidence,
        "random" => Remasking.Random,
        var name => throw new CaseSkippedException($"remasking {name} is not supported yet"),
    };

    /// <summary>What is kept of earlier steps.</summary>
    public static CacheMode ToCacheMode(this JsonElement value) => value.GetString() switch
    {
        "none" => CacheMode.None,
        "prefix" => CacheMode.Prefix,
        "dual" => CacheMode.Dual,
        var name => throw new CaseSkippedException($"cache {name} is not supported yet"),
    };
}
