using Dllm.Checkpoints.Hub;

namespace Dllm.Cli;

/// <summary>The environment variables of Python's huggingface_hub, read as it reads them.</summary>
internal static class HubEnvironment
{
    /// <summary>The hub where no other is named, as in all of the ecosystem's clients.</summary>
    public static readonly Uri DefaultEndpoint = new("https://huggingface.co");

    /// <summary>The options that the environment asks for.</summary>
    /// <param name="variable">Gives a variable's value, or null.</param>
    public static HubOptions Read(Func<string, string?> variable)
    {
        string home = Value(variable, "HF_HOME") ?? Path.Combine(
            Value(variable, "XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "huggingface");
        return new HubOptions
        {
            CacheDirectory = Expand(
                Value(variable, "HF_HUB_CACHE") ?? Value(variable, "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Endpoint = Value(variable, "HF_ENDPOINT") is { } address ? ReadEndpoint(address, "HF_ENDPOINT") : DefaultEndpoint,
            Token = ReadToken(variable, home),
            Offline = IsOn(Value(variable, "HF_HUB_OFFLINE")) || IsOn(Value(variable, "TRANSFORMERS_OFFLINE")),
        };
    }

    /// <summary>Reads a hub's address.</summary>
    /// <exception cref="DllmException">It is none.</exception>
    public static Uri ReadEndpoint(string text, string source) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Port != 0
            && address is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" }
            ? address
            : throw new DllmException($"{source} is '{text}', which is no hub's address", "give one such as https://huggingface.co");

    private static string? ReadToken(Func<string, string?> variable, string home)
    {
        if ((Value(variable, "HF_TOKEN") ?? Value(variable, "HUGGING_FACE_HUB_TOKEN")) is { } token) return token;
        if (IsOn(Value(variable, "HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return null;
        string file = Expand(Value(variable, "HF_TOKEN_PATH") ?? Path.Combine(home, "token"));
        return File.Exists(file) && PlainFile.ReadText(file, 1 << 16).Trim() is { Length: > 0 } saved ? saved : null;
    }

    private static string? Value(Func<string, string?> variable, string name) =>
        variable(name)?.Trim() is { Length: > 0 } value ? value : null;

    private static bool IsOn(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string Expand(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..])
        : path;
}
