namespace Dllm.Tokenization;

/// <summary>Adds special tokens to encoded texts and trims their offsets.</summary>
internal interface IPostProcessor
{
    /// <summary>The processed lists; they are joined in order.</summary>
    /// <param name="texts">The text, or the two of a pair; may be changed.</param>
    /// <param name="addSpecialTokens">Whether special tokens are added.</param>
    IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens);
}

/// <summary>Post-processors one after the other.</summary>
internal sealed class PostProcessorSequence(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    public IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        foreach (IPostProcessor processor in processors)
        {
            texts = processor.Process(texts, addSpecialTokens);
        }

        return texts;
    }
}
