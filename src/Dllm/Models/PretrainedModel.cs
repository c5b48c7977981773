using System.Runtime.InteropServices;
using Dllm.Checkpoints;
using Dllm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// A checkpoint directory in Hugging Face layout, opened: the denoiser, its configuration and, when present, its tokenizer.
/// </summary>
public sealed class PretrainedModel : IDisposable
{
    internal const string ConfigFile = "config.json";
    private const string GenerationFile = "generation_config.json";
    private const string TokenizerFile = "tokenizer.json";

    private TextEnds? _ends;

    private PretrainedModel(ModelFamily family, JsonConfig config, Denoiser denoiser)
    {
        Family = family;
        Config = config;
        Denoiser = denoiser;
    }

    /// <summary>The row of <see cref="ModelFamilies"/> that built the model.</summary>
    public ModelFamily Family { get; }

    /// <summary>config.json as read; saving keeps every key of it.</summary>
    public JsonConfig Config { get; }

    /// <summary>The model, in evaluation mode.</summary>
    public Denoiser Denoiser { get; }

    /// <summary>
    /// The tokenizer of the directory with the set-up of the model's family installed (mask, padding, end of turn, chat template); null
    /// where the directory has no tokenizer.json.
    /// </summary>
    public Tokenizer? Tokenizer { get; private init; }

    /// <summary>generation_config.json, or null where the directory has none.</summary>
    public JsonConfig? Generation { get; private init; }

    /// <summary>Where texts that it writes end: by its tokenizer, generation_config.json and config.json; null without a tokenizer.</summary>
    public TextEnds? Ends => _ends ??= Tokenizer is null ? null : new TextEnds(Tokenizer, EndTokens.Read(Config, Generation, Denoiser.VocabularySize));

    /// <summary>
    /// Things that are no error but that a user wants to know: weights that are not finite, and what the checkpoint's files say that is not done
    /// or contradicts the others.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Opens a checkpoint directory: config.json, model.safetensors (or a sharded index), tokenizer files if any.</summary>
    /// <param name="directory">The checkpoint's folder.</param>
    /// <param name="dtype">The type to compute in, whatever the file's is: Float32, BFloat16, Float16 or Float64.</param>
    /// <param name="device">Where to put the weights; null is the CPU.</param>
    /// <exception cref="DllmException">
    /// Files are missing, truncated or hostile, or do not fit the model: all that is wrong in one message.
    /// </exception>
    public static PretrainedModel Load(string directory, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        try
        {
            return Open(directory, dtype, device);
        }
        catch (DllmException) when (CheckpointInspection.Of(directory).Faults is { Count: > 1 } faults)
        {
            throw Faults.AsOne($"the checkpoint '{directory}' cannot be opened", faults);
        }
    }

    private static PretrainedModel Open(string directory, ScalarType dtype, Device? device)
    {
        using var weights = CheckpointReader.Open(directory);
        var (family, config) = ReadConfig(Path.Combine(directory, ConfigFile));
        ConfigLimits.Check(config, weights.Tensors.Count);
        using (var plan = Plan(family, config, dtype)) // before memory is set aside for what config.json claims
            StateDict.Check(plan, weights, plan.TiedWeights, family.IgnoredKeys, family.OptionalPrefix);
        var denoiser = Build(family, config, dtype, device ?? CPU);
        try
        {
            var values = StateDict.LoadStrict(denoiser, weights, denoiser.TiedWeights, family.IgnoredKeys, family.OptionalPrefix);
            var tokenizer = CheckVocabulary(ReadTokenizer(directory, config), config, denoiser.VocabularySize);
            var generation = ReadGeneration(directory);
            return new PretrainedModel(family, config, denoiser)
            {
                Warnings =
                [
                    .. values,
                    .. SidecarCheck.Warnings(
                        directory, config, generation, tokenizer, denoiser.VocabularySize, weights.Tensors.Values.Select(tensor => tensor.Type)),
                ],
                Tokenizer = tokenizer,
                Generation = generation,
            };
        }
        catch (DllmException)
        {
            denoiser.Dispose();
            throw;
        }
    }

    /// <summary>Builds the model of a configuration with random weights, as the original initialises them.</summary>
    /// <param name="path">A config.json, or a directory that holds one (and perhaps tokenizer files).</param>
    /// <param name="generator">The only source of randomness.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <param name="device">Where to put the weights; null is the CPU. The values are drawn on the generator's device.</param>
    /// <exception cref="DllmException">A file is missing or wrong.</exception>
    public static PretrainedModel FromConfig(
        string path, Generator generator, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        var directory = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var (family, config) = ReadConfig(Directory.Exists(path) ? Path.Combine(path, ConfigFile) : path);
        ConfigLimits.Check(config);
        Plan(family, config, dtype).Dispose();
        var denoiser = Build(family, config, dtype, device ?? CPU);
        try
        {
            denoiser.Initialize(generator);
            return new PretrainedModel(family, config, denoiser)
            {
                Tokenizer = CheckVocabulary(ReadTokenizer(directory, config), config, denoiser.VocabularySize),
                Generation = ReadGeneration(directory),
            };
        }
        catch (DllmException)
        {
            denoiser.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the checkpoint so that Python's transformers loads it unchanged: shared weights once, config.json key for key but for the
    /// type of the weights, the tokenizer's files. Each file is written aside, then renamed.
    /// </summary>
    /// <param name="directory">Made where it does not exist.</param>
    /// <exception cref="DllmException">The disk is full or the folder cannot be written; older files are kept.</exception>
    public void Save(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the folder '{directory}' cannot be made: {error.Message}", "choose another folder", error);
        }

        CheckpointWriter.SaveWeights(directory, Denoiser.state_dict());
        var config = Config;
        foreach (var key in TypeKeys(Config))
            config = config.With(key, TypeName(Denoiser.Type));
        AtomicFile.WriteText(Path.Combine(directory, ConfigFile), config.ToJson());
        if (Generation is not null)
            AtomicFile.WriteText(Path.Combine(directory, GenerationFile), Generation.ToJson());
        Tokenizer?.Save(directory);
    }

    /// <summary>This model with another tokenizer; the denoiser is shared.</summary>
    /// <exception cref="DllmException">The tokenizer has more tokens than the model.</exception>
    public PretrainedModel With(Tokenizer tokenizer)
    {
        CheckVocabulary(tokenizer, Config, Denoiser.VocabularySize);
        return new PretrainedModel(Family, WithIdsOf(tokenizer, Config), Denoiser) { Tokenizer = tokenizer, Generation = Generation, Warnings = Warnings };
    }

    // The ids that config.json has are the new tokenizer's.
    private static JsonConfig WithIdsOf(Tokenizer tokenizer, JsonConfig config)
    {
        var special = tokenizer.SpecialTokens;
        foreach (var (key, id) in ((string, int?)[])[
            ("mask_token_id", special.MaskId), ("pad_token_id", special.PadId), ("bos_token_id", special.BosId), ("eos_token_id", special.EosId),
            ("cls_token_id", special.ClsId), ("sep_token_id", special.SepId)])
        {
            if (id is { } now && config.IsInteger(key, out var before) && before != now) config = config.With(key, now);
        }

        return config;
    }

    /// <summary>
    /// This model with more special tokens, each one token from now on. Where it has no rows for them, rows are added that are the mean of those
    /// there, in the head as in the embedding, and <c>vocab_size</c> grows. What comes back stands in for this model, which is not to be used
    /// any more.
    /// </summary>
    /// <param name="texts">The tokens' spellings.</param>
    /// <exception cref="DllmException">There is no tokenizer.</exception>
    public PretrainedModel WithAddedTokens(IEnumerable<string> texts)
    {
        var tokenizer = Tokenizer?.WithAddedTokens(texts)
            ?? throw new DllmException("the model has no tokenizer, so there is nowhere to add tokens", "give it one with --tokenizer");
        if (tokenizer.IdCount <= Denoiser.VocabularySize)
            return With(tokenizer);
        var config = Config.With("vocab_size", tokenizer.IdCount);
        if (config.Has("embedding_size"))
            config = config.With("embedding_size", tokenizer.IdCount);
        var grown = Build(Family, config, Denoiser.Type, Denoiser.Device);
        VocabularyRows.Copy(Denoiser, grown);
        Denoiser.Dispose();
        return new PretrainedModel(Family, config, grown) { Tokenizer = tokenizer, Generation = Generation, Warnings = Warnings };
    }

    /// <inheritdoc/>
    public void Dispose() => Denoiser.Dispose();

    private static (ModelFamily Family, JsonConfig Config) ReadConfig(string path)
    {
        var config = JsonConfig.Load(path);
        return (ModelFamilies.For(config.ModelType), config);
    }

    // The model without memory for its weights.
    private static Denoiser Plan(ModelFamily family, JsonConfig config, ScalarType dtype)
    {
        try
        {
            return Build(family, config, dtype, new Device(DeviceType.META));
        }
        catch (ExternalException error)
        {
            throw ConfigCheck.Impossible(config, error);
        }
    }

    private static Denoiser Build(ModelFamily family, JsonConfig config, ScalarType dtype, Device device)
    {
        if (dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64))
            throw new DllmException($"a model cannot compute in {dtype}", "choose float32 or bfloat16");
        var denoiser = family.Build(config, dtype, device);
        foreach (var (_, tensor) in denoiser.state_dict())
            tensor.DetachFromDisposeScope(); // a model outlives whatever scope it happens to be opened in
        denoiser.eval();
        return denoiser;
    }

    /// <summary>The tokenizer of a directory with its family's set-up, or null.</summary>
    internal static Tokenizer? ReadTokenizer(string directory, JsonConfig config)
    {
        if (!File.Exists(Path.Combine(directory, TokenizerFile)))
            return null;
        var setup = TokenizerSetup.For(config.ModelType);
        var tokenizer = Tokenizer.FromDirectory(directory).With(setup);
        return setup.ChatTemplate is { } template ? tokenizer.WithStandInTemplate(ChatTemplates.Source(template)) : tokenizer;
    }

    /// <summary>The generation_config.json of a directory, or null.</summary>
    internal static JsonConfig? ReadGeneration(string directory)
    {
        var path = Path.Combine(directory, GenerationFile);
        return File.Exists(path) ? JsonConfig.Load(path) : null;
    }

    /// <summary>Checks that a model has all the tokens of its tokenizer.</summary>
    internal static Tokenizer? CheckVocabulary(Tokenizer? tokenizer, JsonConfig config, int vocabulary) =>
        tokenizer is null || tokenizer.VocabularySize <= vocabulary
            ? tokenizer
            : throw config.Error(
                $"vocab_size is {vocabulary} but the tokenizer has {tokenizer.VocabularySize} tokens",
                "use the tokenizer that came with the weights");

    // transformers 5 renamed it; where both are there, both are right.
    private static string[] TypeKeys(JsonConfig config) => config.Has("dtype") ? config.Has("torch_dtype") ? ["torch_dtype", "dtype"] : ["dtype"] : ["torch_dtype"];

    private static string TypeName(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => "bfloat16",
        ScalarType.Float16 => "float16",
        ScalarType.Float64 => "float64",
        _ => "float32",
    };
}
