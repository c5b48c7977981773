using System.CommandLine;
using Dllm.Models;

namespace Dllm.Cli.Options.Samplers;

/// <summary>The samplers of the command line, and which options each has.</summary>
internal static class SamplerTable
{
    private static readonly Dictionary<string, Func<SamplerSettings, ChosenSampler>> Readers = new(StringComparer.Ordinal)
    {
        ["mdlm"] = MdlmChoice.Read,
        ["bd3lm"] = Bd3lmChoice.Read,
        ["dream"] = DreamChoice.Read,
        ["fast-dllm"] = FastDllmChoice.Read,
        ["llada2"] = Llada2Choice.Read,
        ["llada21"] = Llada21Choice.Read,
        ["edit-flow"] = EditFlowChoice.Read,
        ["ar"] = AutoregressiveChoice.Read,
        ["rnd1"] = Rnd1Choice.Read,
    };

    // Those that read the logits of a token one place to the left, as the families that they are made for predict them.
    private static readonly string[] Shifted = ["dream", "rnd1"];

    // A sampler has the options that it reads.
    private static readonly Lazy<Dictionary<string, HashSet<string>>> Known = new(() => Readers.ToDictionary(
        sampler => sampler.Key,
        sampler =>
        {
            SamplerOptionSet options = [];
            var command = new Command("none");
            foreach (var option in options) command.Add(option);
            var settings = new SamplerSettings(command.Parse([]), options);
            sampler.Value(settings);
            return settings.InForce.Select(pair => pair.Option.Name).ToHashSet();
        }));

    /// <summary>Every name.</summary>
    public static string[] All { get; } = [.. Readers.Keys];

    /// <summary>The samplers that models have of their own, the usual one first.</summary>
    public static IReadOnlyList<string> ModelsOwn { get; } = [.. ModelFamilies.All.Select(family => family.Samplers[0]).Distinct()];

    /// <summary>Whether a sampler has an option.</summary>
    public static bool Has(string sampler, string option) => Known.Value[sampler].Contains(option);

    /// <summary>Reads a sampler's options.</summary>
    /// <exception cref="DllmException">One is out of its range, or two contradict each other.</exception>
    public static ChosenSampler Read(string sampler, SamplerSettings settings)
    {
        var chosen = Readers[sampler](settings);
        return chosen with { Name = sampler, Warnings = [.. chosen.Warnings, .. settings.Unused] };
    }

    /// <summary>Checks that a sampler has every option that was given.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="given">The options.</param>
    /// <param name="usual">Samplers that suit the model best, if that is known.</param>
    /// <exception cref="DllmException">It has not.</exception>
    public static void RequireOptions(string sampler, IEnumerable<Option> given, IReadOnlyList<string> usual)
    {
        if (given.FirstOrDefault(option => !Has(sampler, option.Name)) is not { } foreign) return;
        string[] others = [.. All.Where(other => Has(other, foreign.Name))];
        throw new DllmException(
            $"{foreign.Name} does nothing with the sampler {sampler}",
            $"leave it out, or use --sampler {string.Join(", ", others.Intersect(usual).DefaultIfEmpty(string.Join(", ", others)))}");
    }

    /// <summary>Checks that a sampler suits a model.</summary>
    /// <exception cref="DllmException">It does not.</exception>
    public static void RequireFor(string sampler, PretrainedModel model)
    {
        if (model.Family.IsAutoregressive != (sampler == "ar"))
        {
            throw model.Family.IsAutoregressive
                ? new DllmException(
                    $"the sampler {sampler} does not read {model.Family.ModelType}, which writes from left to right",
                    "use --sampler ar, or make a diffusion model of it: dllm convert a2d")
                : new DllmException(
                    $"the sampler ar does not read {model.Family.ModelType}, a diffusion model", "leave --sampler out to take the model's own");
        }

        if (model.Denoiser is IEditDenoiser == (sampler == "edit-flow")) return;
        throw model.Denoiser is IEditDenoiser
            ? new DllmException($"the sampler {sampler} does not read a model with Edit-Flow heads", "use --sampler edit-flow")
            : new DllmException(
                "the sampler edit-flow needs a model with Edit-Flow heads",
                "leave --sampler out to take the model's own, or make an Edit-Flow model of it: dllm convert editflow");
    }

    /// <summary>What to tell where a sampler reads logits in another place than a family predicts in; null where it does not.</summary>
    public static string? FindMisreading(string sampler, ModelFamily family)
    {
        bool isShifted = Shifted.Contains(sampler);
        if (isShifted == family.Samplers.Any(Shifted.Contains)) return null;
        string made = $"samplers made for it: {string.Join(", ", family.Samplers)}";
        return isShifted
            ? $"the sampler {sampler} reads logits one place to the left, where {family.ModelType} does not predict; {made}"
            : $"the sampler {sampler} does not read logits one place to the left, where {family.ModelType} predicts; "
                + (Has(sampler, "--right-shift-logits") ? "give --right-shift-logits" : made);
    }

    /// <summary>How a size is shown that is smaller where there is less.</summary>
    public static string AtMost(int size) => $"{size} at most";
}
