using YamlDotNet.Core;

namespace Dllm;

/// <summary>
/// Mends what this parser refuses and PyYAML, whose files these are, reads: a text in quotes whose next line is indented less than it
/// should be. Leading blanks of such a line mean nothing, so more of them change nothing.
/// </summary>
internal static class YamlIndentation
{
    /// <summary>The most letters that are read anew after mending a line.</summary>
    public const long MostWork = 16 << 20;

    private const string Indented = "                                        ";

    /// <summary>The text with the line further to the right, or null where the mistake is another.</summary>
    public static string? Mended(string text, YamlException e)
    {
        if (!e.Message.Contains("found wrong indentation", StringComparison.Ordinal)) return null;
        string[] lines = text.Split('\n');
        long at = e.End.Line - 1;
        if (at < 0 || at >= lines.Length || lines[at].StartsWith(Indented, StringComparison.Ordinal)) return null;
        lines[at] = Indented + lines[at];
        return string.Join('\n', lines);
    }
}
