using static TorchSharp.torch;

namespace Dllm.Data;

// Legend: B rows, T tokens of the longest row.

/// <summary>
/// One batch for an objective: padded ids, labels and, where padding must stay unseen, the attention mask. Owns its tensors.
/// Collators make it on the CPU, outside any dispose scope's reach: whoever asked for the batch disposes it.
/// </summary>
/// <param name="Ids">Token ids, [B, T] int64.</param>
/// <param name="Labels">The id to learn at each place, or −100 where nothing is learnt, [B, T] int64.</param>
/// <param name="AttentionMask">1 where a token is real and 0 where it is padding, [B, T] int64; null when every token is visible.</param>
/// <param name="SampleIndices">Which rows of the data set these are, B numbers (the key of per-sample noise); null when unknown.</param>
public sealed record Batch(
    Tensor Ids,
    Tensor Labels,
    Tensor? AttentionMask = null,
    IReadOnlyList<int>? SampleIndices = null) : IDisposable
{
    /// <summary>Number of rows, B.</summary>
    public int Rows => (int)Ids.shape[0];

    /// <summary>Number of columns, T.</summary>
    public int Columns => (int)Ids.shape[1];

    /// <summary>A copy of the batch on <paramref name="device"/>; this one stays usable and must still be disposed.</summary>
    public Batch To(Device device) => this with
    {
        Ids = Ids.to(device, copy: true),
        Labels = Labels.to(device, copy: true),
        AttentionMask = AttentionMask?.to(device, copy: true),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Labels.Dispose();
        AttentionMask?.Dispose();
    }
}
