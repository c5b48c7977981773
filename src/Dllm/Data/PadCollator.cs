using Dllm.Diffusion;

namespace Dllm.Data;

/// <summary>
/// Pads every sample on the right to the longest of the batch, with an attention mask that hides the padding: the collator that
/// others wrap. As transformers' <c>DataCollatorForSeq2Seq</c> with a tokenizer that pads on the right.
/// </summary>
/// <param name="padId">The id that fills up short samples.</param>
/// <param name="labelPadId">
/// The label of padding: −100 (the default) ignores it; the pad id itself makes the model learn to end its answers.
/// </param>
public sealed class PadCollator(int padId, int labelPadId = TokenizedSample.IgnoredLabel) : ICollator
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no sample, or one has another number of labels than of tokens.</exception>
    public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
    {
        if (samples.Count == 0)
        {
            throw new ArgumentException("a batch needs at least one sample", nameof(samples));
        }

        if (samples.FirstOrDefault(s => s.Labels.Length != s.Ids.Length) is { } uneven)
        {
            throw new ArgumentException($"a sample has {uneven.Ids.Length} tokens but {uneven.Labels.Length} labels", nameof(samples));
        }

        var ids = samples.Select(s => s.Ids).ToArray();
        var labels = samples.Select(s => s.Labels).ToArray();
        return new Batch(PaddedRows.Right(ids, padId), PaddedRows.Right(labels, labelPadId), PaddedRows.Mask(ids));
    }
}
