namespace Dllm.Cli.Help;

/// <summary>How the user calls this program, so that what is suggested can be pasted.</summary>
internal static class Invocation
{
    /// <summary>The variable in which a script that starts the program says how it was called itself.</summary>
    public const string Variable = "DLLM_COMMAND";

    /// <summary>What the user types: <c>dllm</c>, or <c>./dllm</c> from a clone.</summary>
    public static string Name { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? Terminal.OneLine(Quoted(name)) : "dllm";

    /// <summary>A command line: the words with the quotes that a shell needs.</summary>
    public static string Line(params IEnumerable<string> words) => string.Join(' ', words.Select(Quoted).Prepend(Name));

    // Double quotes, which every shell understands; what they do not keep a shell from reading is rare in names.
    private static string Quoted(string word) => word.Length > 0 && word.All(letter => char.IsLetterOrDigit(letter) || "-_./\\:=,+@%~[]".Contains(letter))
        ? word : $"\"{word.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
