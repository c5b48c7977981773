namespace Dllm.Tokenization;

/// <summary>A rendered conversation, and what of it the assistant said.</summary>
/// <param name="Text">The rendered text.</param>
/// <param name="Generated">
/// The stretches of the text that lie in the template's <c>{% generation %}</c> blocks, in order, counted in code points as the
/// offsets of an <see cref="EncodedText"/> are; empty when the template has no such block.
/// </param>
public sealed record RenderedChat(string Text, IReadOnlyList<TextSpan> Generated)
{
    /// <summary>
    /// The places of the text, in UTF-16 units and ascending, at which what somebody said spells a special token: text, not markup. None by
    /// default; <see cref="Tokenizer.Encode(string, IReadOnlyList{int}, bool)"/> takes them.
    /// </summary>
    public IReadOnlyList<int> Literal { get; init; } = [];

    /// <summary>
    /// Which tokens the assistant said, as transformers' <c>return_assistant_tokens_mask</c>: from the token that holds a stretch's
    /// first code point to the one that holds its last.
    /// </summary>
    /// <param name="encoding">The encoding of <see cref="Text"/>, T tokens; it may have been cut short.</param>
    /// <returns>[T], true at the assistant's tokens.</returns>
    public bool[] AssistantMask(EncodedText encoding)
    {
        var mask = new bool[encoding.Ids.Count];
        foreach (var span in Generated)
        {
            var first = TokenAt(encoding, span.Start);
            if (first < 0)
                break; // the encoding ends before this stretch
            var last = TokenAt(encoding, span.End - 1);
            Array.Fill(mask, true, first, (last > 0 ? last + 1 : mask.Length) - first);
        }
        return mask;
    }

    private static int TokenAt(EncodedText encoding, int codePoint)
    {
        for (var t = 0; t < encoding.Offsets.Count; t++)
        {
            if (encoding.Offsets[t].Start <= codePoint && codePoint < encoding.Offsets[t].End)
                return t;
        }
        return -1;
    }
}
