using Dllm.Cli.Quickstart.World;
using Dllm.Models;
using TorchSharp;

namespace Dllm.Tests.Cli;

/// <summary>A checkpoint on disk with random weights: a ModernBERT of two layers over the quickstart's words. Made once for all tests.</summary>
public sealed class TinyCheckpoint : IDisposable
{
    /// <summary>Tokens the model reads at most.</summary>
    public const int Context = 64;

    /// <summary>The template of BERT Chat, without the system message.</summary>
    public const string Template =
        "{% for m in messages %}{% if m.role == 'user' %}[Question]{{ m.content }}[/Question]{% else %}[Answer]{{ m.content }}[/Answer]"
        + "{% endif %}{% endfor %}{% if add_generation_prompt %}[Answer]{% endif %}";

    /// <summary>Makes it.</summary>
    public TinyCheckpoint()
    {
        Root = Directory.CreateTempSubdirectory("dllm-cli-").FullName;
        Directory.CreateDirectory(Model);
        File.WriteAllText(ConfigFile, Config(WorldVocabulary.Tokens().Length));
        WorldVocabulary.Save(Model, Template);
        using var generator = new torch.Generator(7, torch.CPU);
        using var model = PretrainedModel.FromConfig(Model, generator);
        model.Save(Model);
    }

    /// <summary>A folder for whatever a test writes; deleted at the end.</summary>
    public string Root { get; }

    /// <summary>The checkpoint's folder.</summary>
    public string Model => Path.Combine(Root, "model");

    /// <summary>Its config.json.</summary>
    public string ConfigFile => Path.Combine(Model, "config.json");

    /// <summary>Writes a file below the root and gives its path.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A copy of the checkpoint to be spoilt.</summary>
    public string Copy(string name)
    {
        string copy = Path.Combine(Root, name);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(Model)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        return copy;
    }

    /// <summary>A configuration of two small layers.</summary>
    public static string Config(int vocabulary) =>
        $$"""
        {
          "model_type": "modernbert", "architectures": ["ModernBertForMaskedLM"], "vocab_size": {{vocabulary}}, "hidden_size": 32,
          "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": {{Context}},
          "global_attn_every_n_layers": 2, "local_attention": 16, "pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3,
          "initializer_range": 0.2
        }
        """;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
