using Dllm.Tokenization.Templates;

namespace Dllm.Tokenization;

/// <summary>A stretch of rendered text that lies in a template's <c>{% generation %}</c> block: what the assistant said.</summary>
/// <param name="Start">Where it begins, in UTF-16 units of the text.</param>
/// <param name="Length">How long it is, in UTF-16 units.</param>
public readonly record struct GeneratedSpan(int Start, int Length)
{
    /// <summary>Where it ends: the first unit after it.</summary>
    public int End => Start + Length;

    /// <summary>The same stretch of <paramref name="text"/> counted in Unicode code points, as tokenizer offsets are in the reference.</summary>
    public GeneratedSpan ToCodePoints(string text)
    {
        var start = CodePoints.FromUnits(text, Start);
        return new GeneratedSpan(start, CodePoints.Count(text.Substring(Start, Length)));
    }
}

/// <summary>A rendered conversation with the stretches that the assistant wrote.</summary>
/// <param name="Text">The rendered text.</param>
/// <param name="Generated">The text of the template's generation blocks, in order; empty when the template marks none.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<GeneratedSpan> Generated);
