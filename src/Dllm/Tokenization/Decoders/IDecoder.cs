namespace Dllm.Tokenization;

/// <summary>Turns the spelling of tokens back into text; the results are joined without anything between them.</summary>
internal interface IDecoder
{
    /// <summary>Rewrites the tokens in place, within a budget.</summary>
    void Decode(List<string> tokens, TextBudget budget);
}

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<IDecoder> decoders) : IDecoder
{
    public void Decode(List<string> tokens, TextBudget budget)
    {
        foreach (IDecoder decoder in decoders)
        {
            decoder.Decode(tokens, budget);
            budget.CheckTime();
        }
    }
}

/// <summary>A decoder that treats each token by itself, given its place.</summary>
internal sealed class EachTokenDecoder(Func<string, int, int, TextBudget, string> decode) : IDecoder
{
    /// <summary>Calls the function with the token, its index and the number of tokens.</summary>
    public void Decode(List<string> tokens, TextBudget budget)
    {
        long total = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i] = decode(tokens[i], i, tokens.Count, budget);
            total += tokens[i].Length;
            budget.CheckLength(total);
        }
    }
}

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public void Decode(List<string> tokens, TextBudget budget)
    {
        string joined = string.Concat(tokens);
        tokens.Clear();
        tokens.Add(joined);
    }
}
