using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>Chooses in each row the cells with the largest scores.</summary>
internal static class PositionSelection
{
    /// <summary>The indices of the chosen cells, in ascending order: as many of each row as its quota says.</summary>
    /// <param name="cells">The candidates, ordered by row.</param>
    /// <param name="scores">One score a candidate.</param>
    /// <param name="quotas">By row: how many to choose; at most the candidates of the row, except that all of them are the limit.</param>
    /// <param name="width">The columns of the canvas.</param>
    public static int[] Best(CanvasCell[] cells, float[] scores, int[] quotas, int width)
    {
        var chosen = new List<int>();
        for (var first = 0; first < cells.Length;)
        {
            var row = cells[first].Row;
            var behind = first;
            while (behind < cells.Length && cells[behind].Row == row) behind++;
            if (quotas[row] >= behind - first) chosen.AddRange(Enumerable.Range(first, behind - first));
            else chosen.AddRange(BestOfRow(cells, scores, first, behind, quotas[row], width));
            first = behind;
        }

        return [.. chosen];
    }

    // Trained models are often sure of several tokens at once: their probabilities are equal to the last bit. Which of them topk takes
    // depends on its algorithm and on the length of what it is given, so it is given a whole row of the canvas, as in the original.
    private static IEnumerable<int> BestOfRow(CanvasCell[] cells, float[] scores, int first, int behind, int count, int width)
    {
        using var scope = NewDisposeScope();
        var row = new float[width];
        var indexOf = new int[width];
        Array.Fill(row, float.NegativeInfinity);
        for (var i = first; i < behind; i++)
        {
            row[cells[i].Position] = scores[i];
            indexOf[cells[i].Position] = i;
        }

        var (_, positions) = tensor(row).topk(count);
        return positions.data<long>().ToArray().Select(position => indexOf[position]).Order();
    }
}
