using Dllm.Models;

namespace Dllm.Cli.Options;

/// <summary>The samplers of the command line, and which options each has.</summary>
internal static class SamplerNames
{
    private static readonly string[] Everywhere = ["--temperature", "--reference-rng"];

    // An option that is not listed here does nothing with the sampler: giving it is an error.
    private static readonly Dictionary<string, string[]> Options = new()
    {
        ["mdlm"] =
        [
            "--steps", "--max-new-tokens", "--max-length", "--block-size", "--remasking", "--stochastic-transfer", "--cfg-scale",
            "--cfg-keep-tokens", "--suppress-tokens", "--begin-suppress-tokens", "--right-shift-logits", "--entropy-bound", "--block-add-threshold",
            "--remask", "--eos-early-stop",
        ],
        ["bd3lm"] =
        [
            "--steps", "--steps-per-block", "--max-new-tokens", "--max-length", "--block-size", "--remasking", "--stochastic-transfer",
            "--cfg-scale", "--cfg-keep-tokens", "--right-shift-logits", "--entropy-bound",
            "--block-add-threshold", "--as-original",
        ],
        ["dream"] =
        [
            "--steps", "--max-new-tokens", "--max-length", "--block-size", "--alg", "--alg-temp", "--eps", "--top-p", "--top-k",
            "--stochastic-transfer", "--cfg-scale", "--right-shift-logits", "--use-cache", "--threshold", "--eos-early-stop",
            "--as-original",
        ],
        ["fast_dllm"] =
        [
            "--steps", "--max-new-tokens", "--max-length", "--block-size", "--remasking", "--stochastic-transfer", "--suppress-tokens",
            "--right-shift-logits", "--use-cache", "--threshold", "--factor", "--entropy-bound",
            "--block-add-threshold", "--eos-early-stop", "--prompt-interval", "--response-interval",
            "--as-original",
        ],
        ["llada2"] =
        [
            "--max-new-tokens", "--block-size", "--steps-per-block", "--top-p", "--top-k", "--threshold", "--minimal-topk",
            "--eos-early-stop", "--as-original",
        ],
        ["llada21"] =
        [
            "--max-new-tokens", "--max-length", "--block-size", "--top-p", "--top-k", "--threshold", "--editing-threshold",
            "--max-post-steps", "--num-to-transfer", "--eos-early-stop", "--as-original",
        ],
        ["edit_flow"] = ["--tau", "--time-epsilon", "--mask-length", "--edit-prompt", "--as-original"],
        ["ar"] = ["--max-new-tokens", "--max-length", "--top-p", "--top-k"],
        ["rnd1"] = ["--steps", "--max-new-tokens", "--max-length", "--top-p", "--top-k", "--greedy", "--as-original"],
    };

    /// <summary>Every name, with underscores.</summary>
    public static string[] All { get; } = [.. Options.Keys];

    /// <summary>The sampler that fits a family.</summary>
    public static string DefaultFor(string modelType) => ModelFamilies.For(modelType).Samplers[0].Replace('-', '_');

    /// <summary>Whether a sampler has an option.</summary>
    public static bool Has(string sampler, string option) => Everywhere.Contains(option) || Options[sampler].Contains(option);

    /// <summary>Checks that a sampler suits a model.</summary>
    /// <exception cref="DllmException">It does not.</exception>
    public static void RequireFor(string sampler, PretrainedModel model)
    {
        if (model.Family.IsAutoregressive != (sampler == "ar"))
        {
            throw model.Family.IsAutoregressive
                ? new DllmException(
                    $"the sampler {Shown(sampler)} does not read {model.Family.ModelType}, which writes from left to right",
                    "use --sampler ar, or make a diffusion model of it: dllm convert a2d")
                : new DllmException(
                    $"the sampler ar does not read {model.Family.ModelType}, a diffusion model", "leave --sampler out to take the model's own");
        }

        var denoiser = model.Denoiser;
        if (denoiser is IEditDenoiser == (sampler == "edit_flow")) return;
        throw denoiser is IEditDenoiser
            ? new DllmException($"the sampler {Shown(sampler)} does not read a model with Edit-Flow heads", "use --sampler edit-flow")
            : new DllmException("the sampler edit-flow needs a model with Edit-Flow heads", "leave --sampler out to take the model's own");
    }

    /// <summary>The samplers that have an option, for messages.</summary>
    public static string WithOption(string option) => string.Join(", ", All.Where(sampler => Has(sampler, option)).Select(Shown));

    /// <summary>A name as the user writes it.</summary>
    public static string Shown(string sampler) => sampler.Replace('_', '-');
}
