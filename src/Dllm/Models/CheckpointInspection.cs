using Dllm.Checkpoints;
using Dllm.Tokenization;

namespace Dllm.Models;

/// <summary>The tensors of one type in a checkpoint.</summary>
/// <param name="Type">The type as stored.</param>
/// <param name="Tensors">How many tensors have it.</param>
/// <param name="Elements">How many numbers they hold.</param>
/// <param name="Bytes">How many bytes they take.</param>
public readonly record struct StoredType(SafetensorsType Type, int Tensors, long Elements, long Bytes);

/// <summary>
/// A checkpoint looked at without loading its weights: what it is, and all that is wrong with it. Only the headers of its files are read,
/// and the model is built on the meta device, which takes no memory.
/// </summary>
public sealed record CheckpointInspection
{
    private CheckpointInspection(CheckpointManifest weights) => Weights = weights;

    /// <summary>The files of weights and the tensors in them.</summary>
    public CheckpointManifest Weights { get; }

    /// <summary>config.json, or null where it cannot be read.</summary>
    public JsonConfig? Config { get; private init; }

    /// <summary>Its <c>model_type</c>, supported or not, or null where it has none.</summary>
    public string? ModelType { get; private init; }

    /// <summary>The family of its <c>model_type</c>, or null where there is none.</summary>
    public ModelFamily? Family { get; private init; }

    /// <summary>The model's sizes, or null where config.json describes none.</summary>
    public ModelSizes? Sizes { get; private init; }

    /// <summary>The tokenizer with its family's set-up, or null where there is none or it cannot be read.</summary>
    public Tokenizer? Tokenizer { get; private init; }

    /// <summary>Whether the checkpoint brings a chat template of its own, and not its family's.</summary>
    public bool HasOwnChatTemplate { get; private init; }

    /// <summary>All that keeps the checkpoint from being opened; empty where nothing does.</summary>
    public required IReadOnlyList<DllmException> Faults { get; init; }

    /// <summary>What its files say that is not done here, is not known, or contradicts the others; see <see cref="PretrainedModel.Warnings"/>.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The types in the files, the one with the most bytes first.</summary>
    public IReadOnlyList<StoredType> StoredTypes =>
    [
        .. Weights.Tensors.Values.GroupBy(tensor => tensor.Type)
            .Select(group => (Type: group.Key, Tensors: group.Count(), Bytes: group.Sum(tensor => tensor.ByteLength)))
            .Select(all => new StoredType(all.Type, all.Tensors, all.Bytes * 8 / all.Type.Bits(), all.Bytes))
            .OrderByDescending(type => type.Bytes),
    ];

    /// <summary>Looks at a checkpoint's folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="weights">Its weights, where their headers were read elsewhere; null reads them there.</param>
    public static CheckpointInspection Of(string directory, CheckpointManifest? weights = null)
    {
        weights ??= CheckpointManifest.Read(directory);
        if (!Directory.Exists(directory))
            return new CheckpointInspection(weights) { Faults = weights.Faults };
        var faults = new List<DllmException>();
        var config = Try(faults, () => JsonConfig.Load(Path.Combine(directory, PretrainedModel.ConfigFile)));
        var type = config is null ? null : Try(faults, () => config.ModelType);
        var family = type is null ? null : Try(faults, () => ModelFamilies.For(type));
        faults.AddRange(weights.Faults);
        var sizes = family is null ? null : Plan(family, config!, weights, faults);
        var tokenizer = config is null ? null : Try(faults, () => PretrainedModel.ReadTokenizer(directory, config));
        if (tokenizer is not null && sizes is not null)
            Try(faults, () => PretrainedModel.CheckVocabulary(tokenizer, config!, sizes.Vocabulary));
        var generation = Try(faults, () => PretrainedModel.ReadGeneration(directory));
        var warnings = config is null ? null : Try(faults, () => SidecarCheck.Warnings(
            directory, config, generation, tokenizer, sizes?.Vocabulary ?? int.MaxValue, weights.Tensors.Values.Select(tensor => tensor.Type)));
        return new CheckpointInspection(weights)
        {
            Config = config,
            ModelType = type,
            Family = family,
            Sizes = sizes,
            Tokenizer = tokenizer,
            HasOwnChatTemplate = tokenizer is { ChatTemplateSource: not null, ChatTemplateStandsIn: false },
            Faults = faults,
            Warnings = warnings ?? [],
        };
    }

    /// <summary>Checks the configuration, and the weights against it where both can be read.</summary>
    private static ModelSizes? Plan(ModelFamily family, JsonConfig config, CheckpointManifest weights, List<DllmException> faults)
    {
        try
        {
            ConfigLimits.Check(config, weights.Faults.Count == 0 ? weights.Tensors.Count : null);
        }
        catch (DllmException fault)
        {
            faults.Add(fault);
            return null;
        }

        using var plan = ConfigCheck.TryPlan(family, config, faults);
        if (plan is null)
            return null;
        if (weights.Faults.Count == 0
            && StateDict.FindFault(plan, weights, plan.TiedWeights, family.IgnoredKeys, family.OptionalPrefix) is { } misfit)
            faults.Add(misfit);
        return ModelSizes.Of(plan, config);
    }

    private static T? Try<T>(List<DllmException> faults, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (DllmException fault)
        {
            faults.Add(fault);
            return null;
        }
    }
}
