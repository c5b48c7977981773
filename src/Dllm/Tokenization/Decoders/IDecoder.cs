namespace Dllm.Tokenization;

/// <summary>Turns the spelling of tokens back into text; the results are joined without anything between them.</summary>
internal interface IDecoder
{
    /// <summary>Rewrites the tokens in place.</summary>
    void Decode(List<string> tokens);
}

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<IDecoder> decoders) : IDecoder
{
    public void Decode(List<string> tokens)
    {
        foreach (IDecoder decoder in decoders)
        {
            decoder.Decode(tokens);
        }
    }
}

/// <summary>A decoder that treats each token by itself, given its place.</summary>
internal sealed class EachTokenDecoder(Func<string, int, int, string> decode) : IDecoder
{
    /// <summary>Calls the function with the token, its index and the number of tokens.</summary>
    public void Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i] = decode(tokens[i], i, tokens.Count);
        }
    }
}

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public void Decode(List<string> tokens)
    {
        string joined = string.Concat(tokens);
        tokens.Clear();
        tokens.Add(joined);
    }
}
