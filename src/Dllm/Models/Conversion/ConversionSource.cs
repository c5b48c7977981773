using Dllm.Checkpoints;
using Dllm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>A checkpoint to be converted: checked against its configuration, its tensors mapped, nothing copied.</summary>
internal sealed class ConversionSource : IDisposable
{
    private const string GenerationFile = "generation_config.json";

    private readonly string _directory;
    private readonly CheckpointReader _reader;
    private readonly Denoiser _plan;

    private ConversionSource(string directory, JsonConfig config, CheckpointReader reader, Denoiser plan) =>
        (_directory, Config, _reader, _plan) = (directory, config, reader, plan);

    public JsonConfig Config { get; }

    /// <summary>Tokens that the model scores.</summary>
    public int VocabularySize => _plan.VocabularySize;

    /// <param name="directory">The checkpoint's folder.</param>
    /// <param name="known">The model types that can be converted.</param>
    /// <param name="remedy">What to do with another, after the list of those known.</param>
    /// <exception cref="DllmException">A file is missing or wrong, or the model is of another kind.</exception>
    public static ConversionSource Open(string directory, IReadOnlyList<string> known, string remedy)
    {
        var reader = CheckpointReader.Open(directory);
        try
        {
            var config = JsonConfig.Load(Path.Combine(directory, "config.json"));
            if (!known.Contains(config.ModelType))
            {
                throw config.Error(
                    $"model_type '{config.ModelType}' cannot be converted so", $"use a checkpoint of {string.Join(", ", known)}; {remedy}");
            }

            var family = ModelFamilies.For(config.ModelType);
            ConfigLimits.Check(config, reader.Tensors.Count);
            var plan = family.Build(config, ScalarType.Float32, new Device(DeviceType.META));
            var source = new ConversionSource(directory, config, reader, plan);
            StateDict.Check(plan, reader, plan.TiedWeights, family.IgnoredKeys, family.OptionalPrefix);
            return source;
        }
        catch (DllmException)
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Every tensor of the file, as it is there.</summary>
    public Dictionary<string, Tensor> ReadAll() => _reader.Tensors.Keys.ToDictionary(key => key, _reader.Read, StringComparer.Ordinal);

    /// <summary>A tensor by its own key, or by the one it shares with; null where the model has neither.</summary>
    public Tensor? Find(string key)
    {
        var names = _plan.TiedWeights.Where(tied => tied.Absent == key).Select(tied => tied.Holder).Append(key);
        return names.FirstOrDefault(_reader.Tensors.ContainsKey) is { } name ? _reader.Read(name) : null;
    }

    /// <summary>The tokenizer with the set-up of the model to be, or null where the folder has none.</summary>
    public Tokenizer? ReadTokenizer(string modelType) =>
        File.Exists(Path.Combine(_directory, "tokenizer.json"))
            ? Tokenizer.FromDirectory(_directory).With(TokenizerSetup.For(modelType))
            : null;

    /// <summary>
    /// Writes the new checkpoint aside, then renames the folder: whoever looks sees a whole checkpoint or none.
    /// </summary>
    /// <param name="output">A folder that does not exist, or is empty.</param>
    /// <param name="config">The new config.json.</param>
    /// <param name="tensors">The new weights.</param>
    /// <param name="tokenizer">The new tokenizer, or null.</param>
    /// <exception cref="DllmException">The folder is not empty, or cannot be written; nothing is left behind.</exception>
    public void Write(string output, JsonConfig config, IReadOnlyDictionary<string, Tensor> tensors, Tokenizer? tokenizer)
    {
        output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        var aside = $"{output}.{Environment.ProcessId}.tmp";
        try
        {
            if (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any()))
            {
                throw new DllmException(
                    $"'{output}' is there already and is not an empty folder", "choose another folder, or delete it first");
            }

            Directory.CreateDirectory(aside);
            CheckpointWriter.SaveWeights(aside, tensors);
            AtomicFile.WriteText(Path.Combine(aside, "config.json"), config.ToJson());
            if (File.Exists(Path.Combine(_directory, GenerationFile)))
                AtomicFile.WriteText(Path.Combine(aside, GenerationFile), PlainFile.ReadText(Path.Combine(_directory, GenerationFile)));
            tokenizer?.Save(aside);
            if (Directory.Exists(output))
                Directory.Delete(output); // empty
            Directory.Move(aside, output);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DllmException(
                $"'{output}' cannot be written: {error.Message}", "free space on the disk or choose another folder", error);
        }
        finally
        {
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
        }
    }

    public void Dispose()
    {
        _plan.Dispose();
        _reader.Dispose();
    }
}
