using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B rows, T tokens of the longest, N masks of all rows, V vocabulary.

/// <summary>A sequence of which some tokens are to be masked.</summary>
/// <param name="Tokens">The tokens, none masked.</param>
/// <param name="Prompt">How many in front are given: what classifier-free guidance hides.</param>
/// <param name="Masked">The places to be masked, ascending.</param>
internal sealed record MaskedRow(int[] Tokens, int Prompt, int[] Masked);

/// <summary>Reads masked rows of unequal length in one forward, at their masks only.</summary>
/// <param name="denoiser">The model; logits at i are for token i.</param>
/// <param name="maskTokenId">Its mask token, which also fills up shorter rows.</param>
/// <param name="device">Where it computes.</param>
/// <param name="cfg">The strength of guidance; 0 is none.</param>
internal sealed class MaskedRows(IDenoiser denoiser, int maskTokenId, Device device, double cfg = 0)
{
    /// <summary>By row, the cross-entropy of each masked token, in nats.</summary>
    public double[][] CrossEntropies(IReadOnlyList<MaskedRow> rows)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        long[] targets = [.. rows.SelectMany(row => row.Masked.Select(place => (long)row.Tokens[place]))];
        if (targets.Length == 0) return [.. rows.Select(_ => Array.Empty<double>())];
        var losses = nn.functional.cross_entropy(Predict(rows).to(float32), tensor(targets).to(device), reduction: nn.Reduction.None); // [N]
        return Split(rows, losses.to(float64).cpu().data<double>().ToArray());
    }

    /// <summary>By row, at each mask the most probable token and its probability.</summary>
    public (int Token, double Probability)[][] Proposals(IReadOnlyList<MaskedRow> rows)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (sure, tokens) = Predict(rows).softmax(-1, float32).max(-1); // [N] each
        long[] ids = tokens.cpu().data<long>().ToArray();
        float[] shares = sure.cpu().data<float>().ToArray();
        return Split(rows, [.. ids.Zip(shares, (id, share) => ((int)id, (double)share))]);
    }

    // Logits at the masks, row after row: [N, V].
    private Tensor Predict(IReadOnlyList<MaskedRow> rows)
    {
        int width = rows.Max(row => row.Tokens.Length);
        var ids = new long[rows.Count * width];
        var isToken = new bool[ids.Length];
        Array.Fill(ids, maskTokenId);
        for (int i = 0; i < rows.Count; i++)
        {
            for (int place = 0; place < rows[i].Tokens.Length; place++) ids[(i * width) + place] = rows[i].Tokens[place];
            foreach (int place in rows[i].Masked) ids[(i * width) + place] = maskTokenId;
            Array.Fill(isToken, true, i * width, rows[i].Tokens.Length);
        }

        var mask = Array.TrueForAll(isToken, real => real) ? null : tensor(isToken).view(rows.Count, width).to(device); // [B, T]
        long[] places = [.. rows.SelectMany((row, i) => row.Masked.Select(place => ((long)i * width) + place))];
        return Guided(rows, width).Forward(new DenoiserInput(tensor(ids).view(rows.Count, width).to(device), mask, LogitPositions: tensor(places).to(device)));
    }

    private IDenoiser Guided(IReadOnlyList<MaskedRow> rows, int width)
    {
        if (cfg == 0) return denoiser;
        var given = new bool[rows.Count * width];
        for (int i = 0; i < rows.Count; i++) Array.Fill(given, true, i * width, rows[i].Prompt);
        return new Sampling.GuidedDenoiser(denoiser, cfg, tensor(given).view(rows.Count, width).to(device), maskTokenId);
    }

    private static T[][] Split<T>(IReadOnlyList<MaskedRow> rows, T[] values)
    {
        int first = 0;
        return [.. rows.Select(row => values[first..(first += row.Masked.Length)])];
    }
}
