using System.Runtime.InteropServices;

namespace Dllm.Cli;

/// <summary>What the machine says when something is too large for it.</summary>
internal static class MemoryShortage
{
    private static readonly string[] Signs = ["can't allocate memory", "out of memory", "Storage size calculation overflowed"];

    /// <summary>The user's words for an exception of this kind; null for others.</summary>
    public static string? Explain(Exception exception)
    {
        if (exception is not OutOfMemoryException && (exception is not ExternalException || !Signs.Any(exception.Message.Contains))) return null;
        string said = WithoutNativeStack(exception.Message).ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return $"there is not enough memory ({said}); take fewer or shorter texts at a time (--batch-size, --max-new-tokens, --max-length), "
            + "a smaller model, or --dtype bfloat16";
    }

    /// <summary>A message of the native library without the addresses that it appends.</summary>
    public static string WithoutNativeStack(string message) => message.Split(["Exception raised from", "\nframe #", " frame #"], 2, StringSplitOptions.None)[0].Trim();
}
