namespace Dllm.Checkpoints;

/// <summary>A configuration file of Hugging Face's layout (config.json and the like), read by type with one clear error per mistake.</summary>
public sealed class JsonConfig
{
}
