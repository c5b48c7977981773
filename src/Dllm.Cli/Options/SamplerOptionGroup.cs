using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Dllm.Cli.Help;
using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>Which sampler writes, and how: an option for each that a sampler of <see cref="Samplers"/> has.</summary>
internal sealed class SamplerOptionGroup : IEnumerable<Option>
{
    /// <summary>The sampler of most models.</summary>
    public const string Commonest = "mdlm";

    private const string ModelsOwn = "model";

    private static readonly SamplerOption[] Usual = [SamplingOption.Steps, SamplingOption.MaxNewTokens, SamplingOption.BlockSize, SamplingOption.Temperature];
    private static readonly SamplerOption[] Advanced = [SamplingOption.AsOriginal, SamplingOption.ReferenceRng];

    private readonly Option<string> _sampler = CliOption.Choice(
        "--sampler", "How masks are filled; by default in the way that suits the model", ModelsOwn,
        [ModelsOwn, .. Samplers.All.Select(sampler => sampler.Name)]).In(HelpGroup.Usual);

    // The seed is every command's.
    private readonly IReadOnlyList<(SamplerOption Described, Option<string?> Option)> _options =
        [.. Samplers.Options.Where(option => option != SamplingOption.Seed).Select(option => (option, ToOption(option)))];

    /// <summary>What a sampler's option is; null for any other.</summary>
    public SamplerOption? Find(Option option) => _options.FirstOrDefault(pair => pair.Option == option).Described;

    /// <summary>The sampler whose options a help page shows.</summary>
    /// <exception cref="DllmException">There is none of the name given.</exception>
    public SamplerDefinition ForHelp(ParseResult parsed) =>
        Samplers.For(parsed.GetResult(_sampler)?.Tokens is [{ Value: not ModelsOwn and var said }] ? said.Replace('_', '-') : Commonest);

    /// <summary>
    /// Checks what was given, as far as it can be without the model: where no sampler is named, it is a mistake if none that a model may have
    /// of its own takes it.
    /// </summary>
    /// <exception cref="DllmException">An option is out of its range, or does nothing with the sampler named.</exception>
    public void Check(ParseResult parsed, long? seed)
    {
        string name = parsed.GetValue(_sampler)!;
        var given = Given(parsed);
        string[] possible = name != ModelsOwn ? [name]
            : [.. ModelFamilies.All.Select(family => family.Samplers[0]).Distinct().Where(own => given.Keys.All(Samplers.For(own).Has))];
        var faults = possible.Select(sampler => Fault(() => SamplerSettings.Of(sampler, given, seed))).ToList();
        if (faults.Count > 0 && faults.TrueForAll(fault => fault is not null)) throw faults[0]!;
    }

    /// <summary>The sampler that was asked for, or that fits the model; of what was not given, what the checkpoint says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed given, if any.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="DllmException">An option is out of its range or does nothing with the sampler, or that does not suit the model.</exception>
    public SamplerSettings Read(ParseResult parsed, long? seed, OpenedModel model)
    {
        string name = parsed.GetValue(_sampler)!;
        SamplerSettings? settings = null;
        var fault = Fault(() => settings = SamplerSettings.For(model.Model, Given(parsed), name == ModelsOwn ? null : name, seed));
        return settings ?? throw fault!;
    }

    /// <summary>What is odd about settings: options that change nothing, or a model that is read otherwise.</summary>
    public static IEnumerable<string> Warnings(SamplerSettings settings) =>
        [.. settings.Misreading is { } misreading ? [misreading] : Array.Empty<string>(), .. settings.Unused.Select(unused => $"--{unused}")];

    /// <summary>Says what is odd about settings.</summary>
    public static void Warn(SamplerSettings settings, Terminal terminal)
    {
        foreach (string warning in Warnings(settings)) terminal.Warn(warning);
    }

    /// <summary>Whether the number of tokens to write is given.</summary>
    public bool SetsLength(ParseResult parsed) => Given(parsed).Keys.Any(option => option == SamplingOption.MaxNewTokens || option == SamplingOption.MaxLength);

    /// <summary>The names of the options given that say how much is written after a prompt.</summary>
    public IEnumerable<string> GivenLengths(ParseResult parsed) =>
        Given(parsed).Keys.Where(option => option.IsLength).Select(option => "--" + option.Name);

    /// <summary>Names and values of the options in force, as the user would give them.</summary>
    /// <exception cref="DllmException">An option is out of its range or does nothing with the sampler, or that does not suit the model.</exception>
    public IEnumerable<(string Name, string Value)> Describe(ParseResult parsed, long? seed, OpenedModel model) =>
        Describe(parsed, Read(parsed, seed, model));

    /// <summary>Names and values of the options in force, as the user would give them.</summary>
    public IEnumerable<(string Name, string Value)> Describe(ParseResult parsed, SamplerSettings settings)
    {
        var offered = parsed.CommandResult.Command.Options; // a command may have one of another meaning in place of the sampler's
        var shown = _options.Where(option => offered.Contains(option.Option)).Select(option => option.Described).ToHashSet();
        return
        [
            ("sampler", settings.Sampler.Name),
            .. settings.InForce.Where(pair => shown.Contains(pair.Option)).Select(pair => (pair.Option.Name, pair.Value)),
            ("seed", (settings.Options.Seed ?? 0).ToString(CultureInfo.InvariantCulture)),
        ];
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => _options.Select(option => (Option)option.Option).Prepend(_sampler).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Dictionary<SamplerOption, string> Given(ParseResult parsed) => _options
        .Where(option => parsed.IsGiven(option.Option)).ToDictionary(option => option.Described, option => parsed.GetValue(option.Option) ?? "true");

    // Options are flags here.
    private static DllmException? Fault(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (SamplerOptionException e)
        {
            return new DllmException($"--{e.Option.Name} {e.Problem}", e.Remedy, e);
        }
        catch (DllmException e)
        {
            return e;
        }
    }

    private static Option<string?> ToOption(SamplerOption described)
    {
        var having = Samplers.All.Where(sampler => sampler.Has(described)).ToList();
        var option = new Option<string?>("--" + described.Name)
        {
            Description = $"{described.Description}{(described.Placeholder is null ? "" : $" ({described.Accepts})")}",
            HelpName = described.Placeholder,
            Arity = described.Placeholder is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            CustomParser = result => Parse(result, described, having[0].Defaults),
        };
        option.CompletionSources.Add([.. described.Words]);
        return option.In(Usual.Contains(described) ? HelpGroup.Usual : Advanced.Contains(described) ? HelpGroup.Advanced : HelpGroup.Sampler);
    }

    private static string? Parse(ArgumentResult result, SamplerOption described, SamplerOptions options)
    {
        string text = result.Tokens.Count == 0 ? "true" : string.Join(',', result.Tokens.Select(token => token.Value));
        string? canonical = null;
        if (Fault(() => canonical = described.Find(described.Set(options, text)) ?? text) is { } fault) result.AddError(fault.Message);
        return canonical;
    }
}
