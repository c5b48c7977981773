using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>Chooses the cells of a row with the largest scores.</summary>
internal static class PositionSelection
{
    /// <summary>The indices of the chosen cells, in ascending order.</summary>
    /// <param name="cells">The candidates of one row.</param>
    /// <param name="scores">One score a candidate.</param>
    /// <param name="count">How many to choose; all where there are fewer.</param>
    /// <param name="ties">The columns among which equals are told apart; the candidates lie in them.</param>
    public static int[] Best(CanvasCell[] cells, float[] scores, int count, Columns ties)
    {
        if (count >= cells.Length) return [.. Enumerable.Range(0, cells.Length)];
        if (count <= 0) return [];
        // Trained models are often sure of several tokens at once: their probabilities are equal to the last bit. Which of them topk
        // takes depends on its algorithm and on the length of what it is given, so it is given as much as in the original.
        using var scope = NewDisposeScope();
        var row = new float[ties.Count];
        var indexOf = new int[ties.Count];
        Array.Fill(row, float.NegativeInfinity);
        for (var i = 0; i < cells.Length; i++)
        {
            row[cells[i].Position - ties.Start] = scores[i];
            indexOf[cells[i].Position - ties.Start] = i;
        }

        var (_, positions) = tensor(row).topk(count);
        return [.. positions.data<long>().ToArray().Select(position => indexOf[position]).Order()];
    }
}
