using System.CommandLine;
using Dllm.Cli.Options;
using Dllm.Sampling;

namespace Dllm.Cli.Help;

/// <summary>What a help page says of the samplers' options: those of one sampler with its defaults, or all with everybody's.</summary>
/// <param name="options">The options.</param>
/// <param name="sampler">The sampler; null shows all.</param>
internal sealed class SamplerHelp(SamplerOptionGroup options, SamplerDefinition? sampler)
{
    /// <summary>The line over the options.</summary>
    public string Heading => sampler is null
        ? "Sampler"
        : $"Sampler {sampler.Name}{(sampler.Name == SamplerOptionGroup.Commonest ? ", that of most models" : "")} (another's: --help --sampler NAME; all: --help-all)";

    /// <summary>Whether an option is shown: it is no sampler's, or that of the sampler in question.</summary>
    public bool Shows(Option option) => sampler is null || options.Find(option) is not { } described || sampler.Has(described);

    /// <summary>
    /// What stands after the description of a sampler's option: its default, and where all are shown the samplers that have it. Null for
    /// other options.
    /// </summary>
    public string? Note(Option option)
    {
        if (options.Find(option) is not { } described) return null;
        if (sampler is not null) return Bracketed(sampler.Defaults.Describe(described));
        var having = Samplers.All.Where(other => other.Has(described)).ToList();
        var defaults = having.GroupBy(other => other.Defaults.Describe(described), other => other.Name).OrderByDescending(same => same.Count()).ToList();
        string[] others = [.. defaults.Skip(1).Select(same => $"{same.Key} with {string.Join(", ", same)}")];
        string values = Bracketed(string.Join("; ", [defaults[0].Key, .. others]));
        return having.Count == Samplers.All.Count ? values : $"{values} [only {string.Join(", ", having.Select(other => other.Name))}]";
    }

    private static string Bracketed(string value) => value is "none" or "false" ? "" : $" [default: {value}]";
}
