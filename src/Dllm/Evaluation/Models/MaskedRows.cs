using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

// B rows, T tokens of the longest, N places asked of all rows, M of all texts, V vocabulary.

/// <summary>A sequence of which some tokens are masked.</summary>
/// <param name="Tokens">The tokens, <see cref="Mask"/> for those that are masked.</param>
/// <param name="Prompt">How many in front are given: what classifier-free guidance hides.</param>
/// <param name="Asked">The masked places that are of interest, ascending.</param>
internal sealed record MaskedRow(int[] Tokens, int Prompt, int[] Asked)
{
    /// <summary>Stands for the model's mask token.</summary>
    public const int Mask = -1;

    /// <summary>Masks a text.</summary>
    public static MaskedRow Of(int[] text, int prompt, IEnumerable<int> masked, int[] asked)
    {
        int[] tokens = (int[])text.Clone();
        foreach (int place in masked) tokens[place] = Mask;
        return new(tokens, prompt, asked);
    }

    /// <inheritdoc/>
    public bool Equals(MaskedRow? other) => other is not null && Prompt == other.Prompt
        && Tokens.AsSpan().SequenceEqual(other.Tokens) && Asked.AsSpan().SequenceEqual(other.Asked);

    /// <inheritdoc/>
    public override int GetHashCode() => TokenHash.Of(Tokens);
}

/// <summary>Reads masked rows of unequal length in one forward, at the places asked only.</summary>
/// <param name="denoiser">The model; logits at i are for token i.</param>
/// <param name="maskTokenId">Its mask token, which also fills up shorter rows.</param>
/// <param name="device">Where it computes.</param>
/// <param name="cfg">The strength of guidance; 0 is none.</param>
internal sealed class MaskedRows(IDenoiser denoiser, int maskTokenId, Device device, double cfg = 0)
{
    /// <summary>By row and by text that it stands for, the sum of the cross-entropies of the text's tokens at the places asked, in nats.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="texts">By row, the texts that look like it where they are masked so.</param>
    public double[][] CrossEntropies(IReadOnlyList<MaskedRow> rows, IReadOnlyList<int[][]> texts)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        if (rows.All(row => row.Asked.Length == 0)) return [.. texts.Select(same => new double[same.Length])];
        var likelihoods = Predict([.. rows.Where(row => row.Asked.Length > 0)]).log_softmax(-1, float32); // [N, V]
        var wanted = new List<long>();
        int first = 0;
        for (int i = 0; i < rows.Count; first += rows[i++].Asked.Length)
        {
            int[] asked = rows[i].Asked;
            foreach (int[] text in texts[i])
                for (int j = 0; j < asked.Length; j++) wanted.Add(((first + j) * likelihoods.size(1)) + text[asked[j]]);
        }

        double[] all = likelihoods.flatten().index_select(0, tensor(wanted).to(device)).to(float64).cpu().data<double>().ToArray(); // [M]
        int at = 0;
        return [.. rows.Zip(texts, (row, same) => Array.ConvertAll(same, _ => -all[at..(at += row.Asked.Length)].Sum()))];
    }

    /// <summary>By row, at each place asked the most probable token and its probability.</summary>
    public (int Token, double Probability)[][] Proposals(IReadOnlyList<MaskedRow> rows)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (sure, tokens) = Predict(rows).softmax(-1, float32).max(-1); // [N] each
        long[] ids = tokens.cpu().data<long>().ToArray();
        float[] shares = sure.cpu().data<float>().ToArray();
        int first = 0;
        return [.. rows.Select(row =>
        {
            var span = first..(first += row.Asked.Length);
            return ids[span].Zip(shares[span], (id, share) => ((int)id, (double)share)).ToArray();
        })];
    }

    // Logits at the places asked, row after row: [N, V].
    private Tensor Predict(IReadOnlyList<MaskedRow> rows)
    {
        int width = rows.Max(row => row.Tokens.Length);
        var ids = new long[rows.Count * width];
        var isToken = new bool[ids.Length];
        Array.Fill(ids, maskTokenId);
        for (int i = 0; i < rows.Count; i++)
        {
            int[] tokens = rows[i].Tokens;
            for (int place = 0; place < tokens.Length; place++)
                if (tokens[place] != MaskedRow.Mask) ids[(i * width) + place] = tokens[place];
            Array.Fill(isToken, true, i * width, tokens.Length);
        }

        var mask = Array.TrueForAll(isToken, real => real) ? null : tensor(isToken).view(rows.Count, width).to(device); // [B, T]
        long[] places = [.. rows.SelectMany((row, i) => row.Asked.Select(place => ((long)i * width) + place))];
        return Guided(rows, width).Forward(new DenoiserInput(tensor(ids).view(rows.Count, width).to(device), mask, LogitPositions: tensor(places).to(device)));
    }

    private IDenoiser Guided(IReadOnlyList<MaskedRow> rows, int width)
    {
        if (cfg == 0) return denoiser;
        var given = new bool[rows.Count * width];
        for (int i = 0; i < rows.Count; i++) Array.Fill(given, true, i * width, rows[i].Prompt);
        return new Sampling.GuidedDenoiser(denoiser, cfg, tensor(given).view(rows.Count, width).to(device), maskTokenId);
    }
}
