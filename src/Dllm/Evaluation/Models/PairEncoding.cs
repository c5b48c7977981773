using Dllm.Tokenization;

namespace Dllm.Evaluation;

/// <summary>The token ids of a context and of the continuation behind it.</summary>
/// <param name="Context">What is given.</param>
/// <param name="Continuation">What is asked for.</param>
public sealed record EncodedPair(int[] Context, int[] Continuation)
{
    /// <summary>
    /// Encodes both as one text, so that they rejoin exactly: blanks at the end of the context belong to the continuation, which is
    /// what the whole text has behind the context's tokens. A token that the tokenizer puts behind every text stands behind
    /// neither, and no token of the continuation is lost to it.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="context">The context.</param>
    /// <param name="continuation">The continuation.</param>
    /// <param name="literal">As <see cref="EvalRequest.Literal"/>.</param>
    public static EncodedPair Encode(Tokenizer tokenizer, string context, string continuation, IReadOnlyList<int>? literal = null)
    {
        (context, continuation) = MoveBlanks(context, continuation);
        int[] whole = Ids(tokenizer, context, continuation, literal);
        int behind = TokensBehind(tokenizer);
        int[] text = whole[..Math.Max(whole.Length - behind, 0)];
        int first = Math.Clamp(Ids(tokenizer, context, "", literal).Length - behind, 0, text.Length);
        return new(text[..first], text[first..]);
    }

    /// <summary>
    /// As the original's masked-diffusion evaluation: both with the tokenizer's special tokens, and what the whole has behind the
    /// context's length. With a tokenizer that closes every text the context keeps that closing token and the continuation loses its
    /// first.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="context">The context.</param>
    /// <param name="continuation">The continuation.</param>
    /// <param name="literal">As <see cref="EvalRequest.Literal"/>.</param>
    public static EncodedPair EncodeAsOriginal(Tokenizer tokenizer, string context, string continuation, IReadOnlyList<int>? literal = null)
    {
        (context, continuation) = MoveBlanks(context, continuation);
        int[] first = Ids(tokenizer, context, "", literal);
        int[] whole = Ids(tokenizer, context, continuation, literal);
        return new(first, whole[Math.Min(first.Length, whole.Length)..]);
    }

    /// <summary>As the original's Dream evaluation: an end token behind the continuation, and cut from the left to a length.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="context">The context.</param>
    /// <param name="continuation">The continuation.</param>
    /// <param name="begin">A text in front of the context, such as that of the begin token; or empty.</param>
    /// <param name="endTokenId">The end token.</param>
    /// <param name="maxLength">The most tokens of both, at least 1.</param>
    /// <param name="literal">As <see cref="EvalRequest.Literal"/>.</param>
    public static EncodedPair EncodeForDream(
        Tokenizer tokenizer, string context, string continuation, string begin, int endTokenId, int maxLength, IReadOnlyList<int>? literal = null)
    {
        if (literal is not null) literal = [.. literal.Select(place => place + begin.Length)];
        (context, continuation) = MoveBlanks(begin + context, continuation);
        int[] whole = [.. Ids(tokenizer, context, continuation, literal), endTokenId];
        int[] first = Ids(tokenizer, context, "", literal);
        int cut = Math.Max(whole.Length - maxLength, 0);
        int left = first.Length - cut;
        if (cut == 0) return new(first, whole[Math.Min(first.Length, whole.Length)..]);
        return left > 0 ? new(first[^left..], whole[Math.Min(first.Length, whole.Length)..]) : new([], whole[^maxLength..]);
    }

    /// <summary>Encodes a prompt to be gone on with: what the tokenizer puts behind every text stands behind none.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="literal">As <see cref="EvalRequest.Literal"/>.</param>
    public static int[] EncodePrompt(Tokenizer tokenizer, string prompt, IReadOnlyList<int>? literal = null)
    {
        int[] whole = Ids(tokenizer, prompt, "", literal);
        return whole[..Math.Max(whole.Length - TokensBehind(tokenizer), 0)];
    }

    // What is to be continued with is said by somebody, as the messages of a chat are; outside chats only the mask's spelling is text.
    private static int[] Ids(Tokenizer tokenizer, string context, string continuation, IReadOnlyList<int>? literal) => literal is null
        ? tokenizer.EncodeWithoutMasks(context + continuation)
        : tokenizer.Encode(
            context + continuation,
            [.. literal.Where(place => place < context.Length), .. tokenizer.FindSpecialTokens(continuation).Select(place => context.Length + place)]);

    // The tokens that a tokenizer closes every text with: those behind the text's own in the encoding of a letter.
    private static int TokensBehind(Tokenizer tokenizer)
    {
        int[] plain = tokenizer.Encode("a", addSpecialTokens: false);
        int[] dressed = tokenizer.Encode("a");
        for (int behind = 0; behind <= dressed.Length - plain.Length; behind++)
        {
            int start = dressed.Length - behind - plain.Length;
            if (dressed.AsSpan(start, plain.Length).SequenceEqual(plain)) return behind;
        }

        return 0;
    }

    private static (string Context, string Continuation) MoveBlanks(string context, string continuation)
    {
        int end = context.Length;
        while (end > 0 && IsBlank(context[end - 1])) end--;
        return (context[..end], context[end..] + continuation);
    }

    // Python's str.isspace: beside Unicode's white space the four separators below the blank.
    private static bool IsBlank(char c) => c is >= '\x1c' and <= '\x1f' || char.IsWhiteSpace(c);
}
