namespace Dllm.Tokenization;

/// <summary>A token that is found in the text before the model sees it (the <c>added_tokens</c> of <c>tokenizer.json</c>).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
public sealed record AddedToken(int Id, string Content)
{
    /// <summary>Matches only as a whole word. Default false.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Swallows white space on its left. Default false.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Swallows white space on its right. Default false.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Is matched in the normalised text, after being normalised itself. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>Is left out when decoding without special tokens. Default true.</summary>
    public bool Special { get; init; } = true;
}
