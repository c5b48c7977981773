namespace Dllm.Data;

/// <summary>Checks samples before anything is trained on them.</summary>
public static class SampleChecks
{
    /// <summary>Checks that every id and label fits the model.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="vocabularySize">Number of the model's logits: ids are 0…this − 1, labels too or −100.</param>
    /// <exception cref="DllmException">An id or label is out of range; says which sample, place and bound.</exception>
    public static void RequireWithinVocabulary(IReadOnlyList<TokenizedSample> samples, int vocabularySize)
    {
        for (var s = 0; s < samples.Count; s++)
        {
            Check(samples[s].Ids, "token id", s, vocabularySize, int.MinValue);
            Check(samples[s].Labels, "label", s, vocabularySize, TokenizedSample.IgnoredLabel);
        }
    }

    private static void Check(int[] row, string what, int sample, int vocabularySize, int alsoAllowed)
    {
        for (var t = 0; t < row.Length; t++)
        {
            if ((uint)row[t] >= (uint)vocabularySize && row[t] != alsoAllowed)
            {
                throw new DllmException(
                    $"{what} {row[t]} at token {t} of sample {sample} is outside the model's vocabulary of {vocabularySize}",
                    "use the `tokenizer` that belongs to the model");
            }
        }
    }
}
