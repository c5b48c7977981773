using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>How well a text fits a gap.</summary>
/// <param name="Choice">The text.</param>
/// <param name="Tokens">Its tokens there.</param>
/// <param name="LogLikelihood">The log-likelihood of these tokens given all around the gap, in nats; at most 0 but for the estimate's error.</param>
/// <param name="Probability">Its share among the choices: a softmax over their log-likelihoods; they sum to 1.</param>
public sealed record ChoiceScore(string Choice, int Tokens, double LogLikelihood, double Probability);

/// <summary>
/// Scores given labels at the gaps of a text: classification by a masked-diffusion model, which sees both sides of a gap. A mask is a gap;
/// for each label it is widened to the label's tokens, as the tokenizer cuts them in that place. A label of one token has the model's
/// probability of it; of several the usual likelihood, the mean over which of them are masked (<see cref="MaskedLikelihood"/>): exact up to
/// <see cref="MostExact"/> tokens, estimated with a fixed seed beyond. Other gaps of the text stay masked meanwhile.
/// </summary>
/// <param name="denoiser">The model; logits at i are for token i. Not owned.</param>
/// <param name="tokenizer">Its tokenizer, with a mask token.</param>
/// <param name="maxPositions">The most tokens that it reads.</param>
/// <param name="device">Where it computes; null is the CPU.</param>
/// <exception cref="DllmException">The tokenizer has no mask token.</exception>
public sealed class GapChoices(IDenoiser denoiser, Tokenizer tokenizer, int maxPositions, Device? device = null)
{
    /// <summary>The tokens of a label of which every combination of masks is read: 127 of them.</summary>
    public const int MostExact = 7;

    private readonly int _mask = DiffusionLikelihoods.MaskOf(tokenizer);
    private readonly string _maskText = tokenizer.SpecialTokens.Mask!;
    private readonly MaskedRows _rows = new(denoiser, DiffusionLikelihoods.MaskOf(tokenizer), device ?? CPU);

    /// <summary>By gap, in the order of the text, the choices in their order.</summary>
    /// <param name="text">A text with the mask token wherever a label is to be scored.</param>
    /// <param name="choices">At least two, no two alike, none empty or with a mask token.</param>
    /// <param name="encode">Turns a text, with a label in a gap, into tokens; null takes the tokenizer as it is.</param>
    /// <param name="cancellation">Stops between forwards.</param>
    /// <exception cref="DllmException">There is no gap, a choice is of the wrong kind, or the text is too long for the model.</exception>
    public IReadOnlyList<IReadOnlyList<ChoiceScore>> Score(
        string text, IReadOnlyList<string> choices, Func<string, int[]>? encode = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        Check(choices);
        string[] parts = text.Split(_maskText);
        if (parts.Length == 1) throw new DllmException("the text has no mask token where a choice could stand", $"write {_maskText} there");
        encode ??= written => tokenizer.Encode(written);
        int[] asGiven = encode(text);
        Filling[][] fillings = [.. Enumerable.Range(1, parts.Length - 1).Select(gap => choices.Select(choice => Fill(parts, gap, choice, asGiven, encode)).ToArray())];
        Read([.. fillings.SelectMany(gap => gap)], cancellation);
        return [.. fillings.Select(gap => Shared(gap, choices))];
    }

    private void Check(IReadOnlyList<string> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Count < 2) throw new DllmException(choices.Count == 0 ? "there are no choices" : $"there is one choice, '{choices[0]}'", "give at least two: their probabilities are relative to each other");
        if (choices.FirstOrDefault(string.IsNullOrWhiteSpace) is not null) throw new DllmException("a choice is empty", "leave it out");
        if (choices.GroupBy(choice => choice).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new DllmException($"the choice '{twice.Key}' is given twice", "leave one out");
        if (choices.FirstOrDefault(choice => choice.Contains(_maskText, StringComparison.Ordinal)) is { } masked)
            throw new DllmException($"the choice '{masked}' holds a mask token", "masks belong into the text");
    }

    // The label's tokens are those that differ from the text with the mask: what stands on both sides may be cut otherwise beside a label.
    private Filling Fill(string[] parts, int gap, string choice, int[] asGiven, Func<string, int[]> encode)
    {
        int[] whole = encode(string.Join(_maskText, parts[..gap]) + choice + string.Join(_maskText, parts[gap..]));
        if (whole.Length > maxPositions)
            throw new DllmException($"the text has {whole.Length} tokens with '{choice}' in it, but the model reads at most {maxPositions}", "shorten the text");
        int before = GapPlace(asGiven, gap);
        int start = Math.Min(before, whole.AsSpan().CommonPrefixLength(asGiven));
        int behind = 0;
        while (behind < asGiven.Length - before - 1 && behind < whole.Length - start && whole[^(behind + 1)] == asGiven[^(behind + 1)]) behind++;
        return whole.Length - behind > start
            ? new Filling(whole, start, whole.Length - behind - start)
            : throw new DllmException($"the choice '{choice}' has no tokens of its own in the text", "give another one");
    }

    private int GapPlace(int[] ids, int gap)
    {
        for (int i = 0, seen = 0; i < ids.Length; i++)
            if (ids[i] == _mask && ++seen == gap) return i;
        throw new DllmException($"the tokenizer does not read every {_maskText} of the text as its mask token", "set them apart by blanks");
    }

    private void Read(Filling[] fillings, CancellationToken cancellation)
    {
        var rows = fillings.SelectMany(filling => Copies(filling).Select(copy => (Filling: filling, copy.Weight, Row: MaskedRow.Of(filling.Tokens, 0, copy.Masked, copy.Masked))))
            .OrderByDescending(row => row.Row.Tokens.Length);
        foreach (var batch in RowBatches.Of(rows, row => row.Row.Tokens.Length, null))
        {
            cancellation.ThrowIfCancellationRequested();
            double[][] losses = _rows.CrossEntropies([.. batch.Select(row => row.Row)], [.. batch.Select(row => new[] { row.Filling.Tokens })]);
            foreach (var (row, loss) in batch.Zip(losses)) row.Filling.LogLikelihood -= row.Weight * loss[0];
        }
    }

    private static IReadOnlyList<NoisyCopy> Copies(Filling filling) => filling.Length <= MostExact
        ? NoisyCopies.All(filling.Start, filling.Length)
        : NoisyCopies.Stratified(filling.Start, filling.Length, new LikelihoodOptions(), seed: 0);

    private static IReadOnlyList<ChoiceScore> Shared(Filling[] gap, IReadOnlyList<string> choices)
    {
        double most = gap.Max(filling => filling.LogLikelihood);
        double sum = gap.Sum(filling => Math.Exp(filling.LogLikelihood - most));
        return [.. gap.Zip(choices, (filling, choice) =>
            new ChoiceScore(choice, filling.Length, filling.LogLikelihood, Math.Exp(filling.LogLikelihood - most) / sum))];
    }

    private sealed class Filling(int[] tokens, int start, int length)
    {
        public int[] Tokens => tokens;

        public int Start => start;

        public int Length => length;

        public double LogLikelihood { get; set; }
    }
}
