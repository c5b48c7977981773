namespace Dllm.Sampling;

/// <summary>Puts proposals in the order of their confidences.</summary>
internal static class ConfidenceOrder
{
    /// <summary>The indices from the surest to the least sure; of equals the first comes first.</summary>
    public static int[] Descending(float[] confidences) => [.. Enumerable.Range(0, confidences.Length).OrderByDescending(i => confidences[i])];
}
