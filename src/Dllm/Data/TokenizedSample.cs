namespace Dllm.Data;

/// <summary>One training example as token ids: what preprocessing yields and a collator batches.</summary>
/// <param name="Ids">Token ids of the whole text, prompt and response, T of them; never padded.</param>
/// <param name="Labels">
/// T labels: the id to learn, or <see cref="IgnoredLabel"/> where nothing is learnt. Label i belongs to token i (no shift).
/// </param>
/// <param name="PromptLength">How many leading tokens are the prompt (0…T), or null where a text has no prompt.</param>
public sealed record TokenizedSample(int[] Ids, int[] Labels, int? PromptLength = null)
{
    /// <summary>The label of a token that the loss leaves out, as everywhere in the field: −100.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Number of tokens, T.</summary>
    public int Length => Ids.Length;

    /// <summary>A text whose every token is learnt: the labels are a copy of the ids.</summary>
    public static TokenizedSample AllTokens(int[] ids) => new(ids, (int[])ids.Clone());
}
