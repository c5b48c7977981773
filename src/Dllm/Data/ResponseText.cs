using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// The text a sampler wrote, out of the finished sequence: cut at the first end token, decoded without special tokens, then cut at the
/// end tokens' spelling, for tokenizers to which <c>[/Answer]</c> is plain text; see <see cref="TextEnds"/>.
/// </summary>
/// <param name="tokenizer">Decodes.</param>
/// <param name="tokens">Which tokens end a text; null (the default) takes the tokenizer's own.</param>
/// <param name="ends">Where texts end besides; null (the default) takes the tokenizer's own rule.</param>
public sealed class ResponseText(Tokenizer tokenizer, SpecialTokens? tokens = null, TextEnds? ends = null)
{
    private readonly TextEnds? _ends = ends ?? (tokens is null ? new TextEnds(tokenizer) : null);
    private readonly SpecialTokens _tokens = tokens ?? tokenizer.SpecialTokens;

    /// <summary>What was written after a prompt.</summary>
    /// <param name="sequence">The finished row, with any padding.</param>
    /// <param name="start">Where the response begins in it, 0…length.</param>
    public string Completion(ReadOnlySpan<int> sequence, int start) => Decode(sequence[start..]);

    /// <summary>What was written in the gaps, one after the other, up to the first end token.</summary>
    /// <param name="sequence">The finished row, with any padding.</param>
    /// <param name="gaps">The places that were masked, ascending, each within the row.</param>
    public string Infilling(ReadOnlySpan<int> sequence, IReadOnlyList<int> gaps)
    {
        var written = new int[gaps.Count];
        for (var i = 0; i < written.Length; i++)
        {
            written[i] = sequence[gaps[i]];
        }

        return Decode(written);
    }

    /// <summary>
    /// The original's <c>sample_trim</c>: leading padding is dropped, then as many tokens as the prompt has. Where padding and end token
    /// are one, this also drops a prompt's or a response's own leading end tokens: prefer <see cref="Completion"/>.
    /// </summary>
    public string ReferenceCompletion(ReadOnlySpan<int> sequence, ReadOnlySpan<int> prompt)
    {
        var row = WithoutLeadingPadding(sequence);
        return Decode(row[Math.Min(prompt.Length, row.Length)..]);
    }

    /// <summary>The original's <c>infill_trim</c>: leading padding is dropped, then the prompt's masks tell which places to read.</summary>
    /// <exception cref="DllmException">
    /// The row is then not as long as its prompt (it is padded on the right, say); <see cref="Infilling"/> needs no such thing.
    /// </exception>
    public string ReferenceInfilling(ReadOnlySpan<int> sequence, ReadOnlySpan<int> prompt)
    {
        var row = WithoutLeadingPadding(sequence);
        if (row.Length != prompt.Length)
        {
            throw new DllmException($"a filled row of {row.Length} tokens does not match its prompt of {prompt.Length}");
        }

        var gaps = new List<int>();
        for (var i = 0; i < prompt.Length; i++)
        {
            if (prompt[i] == _tokens.MaskId)
            {
                gaps.Add(i);
            }
        }

        return Infilling(row, gaps);
    }

    private ReadOnlySpan<int> WithoutLeadingPadding(ReadOnlySpan<int> sequence)
        => _tokens.PadId is { } pad ? sequence.TrimStart(pad) : sequence;

    private string Decode(ReadOnlySpan<int> written)
    {
        if (_ends is not null) written = _ends.Before(written);
        for (var i = 0; i < written.Length; i++)
        {
            // As in the original, an end-of-turn token counts only where there is an end-of-sequence token too.
            if (_tokens.EosId is { } end && (written[i] == end || written[i] == _tokens.EndOfTurnId))
            {
                written = written[..i];
            }
        }

        var text = tokenizer.Decode(written, skipSpecialTokens: true);
        text = Before(_tokens.EndOfTurn, Before(_tokens.Eos, text));
        return _ends?.Before(text) ?? text;
    }

    private static string Before(string? end, string text)
        => string.IsNullOrEmpty(end) || text.IndexOf(end, StringComparison.Ordinal) is not (>= 0 and var place) ? text : text[..place];
}
