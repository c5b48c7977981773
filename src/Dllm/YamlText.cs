using YamlDotNet.Core;

namespace Dllm;

/// <summary>
/// Reads YAML of other people's: one document, whose size, depth and repetitions (<c>*name</c>, written out) are bounded, so that no file
/// takes more than a moment. Every mistake is one error that names file, line and bound.
/// </summary>
public static class YamlText
{
    /// <summary>The most bytes of a file: 4 MiB.</summary>
    public const int MostBytes = 4 << 20;

    /// <summary>The most levels of lists and mappings in each other.</summary>
    public const int MostLevels = 32;

    /// <summary>The most values, repetitions written out.</summary>
    public const int MostValues = 200_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DllmException">It cannot be read, is no YAML, or goes beyond a bound.</exception>
    public static YamlNode? ReadFile(string path) => Read(path, PlainFile.ReadText(path, MostBytes));

    /// <summary>Reads a text.</summary>
    /// <param name="path">What errors call it.</param>
    /// <param name="text">The text.</param>
    /// <returns>The value, or null of a text without one.</returns>
    /// <exception cref="DllmException">It is no YAML, or goes beyond a bound.</exception>
    public static YamlNode? Read(string path, string text)
    {
        if (text.Length > MostBytes) throw new DllmException($"{path} has {text.Length:N0} letters, more than the {MostBytes:N0} that YAML may have");
        for (long work = 0; ; work += text.Length)
        {
            var parser = new Parser(new StringReader(text));
            try
            {
                return new YamlBuilder(path, parser).Read();
            }
            catch (YamlException e)
            {
                text = work < YamlIndentation.MostWork && YamlIndentation.Mended(text, e) is { } mended
                    ? mended : throw Broken(path, e.Start.Line, e.Message, e);
            }
            catch (Exception e) when (e is not (DllmException or OutOfMemoryException))
            {
                // The parser ends in various ways where brackets or tags are broken.
                throw Broken(path, parser.Current?.End.Line ?? 1, "brackets, indentation or a tag are broken there or in the next line", e);
            }
        }
    }

    private static DllmException Broken(string path, long line, string what, Exception e) =>
        new($"{path} is not valid YAML: line {line}: {what}", innerException: e);
}
