using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>A noisy copy and how much its losses count: copies that are masked alike are one, with the weight of all.</summary>
/// <param name="Masked">The places that are masked, ascending.</param>
/// <param name="Weight">How much its losses count.</param>
internal readonly record struct NoisyCopy(int[] Masked, double Weight)
{
    /// <summary>The masked places whose losses count; all unless said otherwise.</summary>
    public int[] Asked { get; init; } = Masked;
}

/// <summary>The noisy copies of a Monte-Carlo likelihood.</summary>
internal static class NoisyCopies
{
    /// <summary>Joins copies that are masked alike: one forward of them says what all would.</summary>
    /// <param name="batches">The noise of each batch.</param>
    /// <param name="concerns">Which places may be masked.</param>
    public static IReadOnlyList<NoisyCopy> Join(IReadOnlyList<LikelihoodNoise> batches, Func<int, bool> concerns)
    {
        var copies = new Dictionary<string, (int[] Masked, double Weight)>();
        var order = new List<string>();
        foreach (var noise in batches)
        {
            long tokens = noise.IsMasked.size(1);
            bool[] masked = noise.IsMasked.data<bool>().ToArray();
            float[] probability = noise.Probability.data<float>().ToArray();
            for (int row = 0; row < probability.Length; row++)
            {
                int[] places = [.. Enumerable.Range(0, (int)tokens).Where(place => masked[(row * tokens) + place] && concerns(place))];
                string key = string.Join(',', places);
                double weight = 1.0 / probability[row] / (batches.Count * (double)probability.Length);
                if (!copies.TryGetValue(key, out var known)) order.Add(key);
                copies[key] = (places, known.Weight + weight);
            }
        }

        return [.. order.Select(key => new NoisyCopy(copies[key].Masked, copies[key].Weight)).Where(copy => copy.Masked.Length > 0)];
    }

    /// <summary>
    /// Every combination of masks of a few tokens with the weight that it has in the mean of <see cref="Stratified"/>: numbers of masks are
    /// equally probable, so are combinations of a number, and losses count by the inverse of the masked share.
    /// </summary>
    /// <param name="start">The first of the tokens.</param>
    /// <param name="length">How many, 1 to 20.</param>
    public static IReadOnlyList<NoisyCopy> All(int start, int length) => [.. Enumerable.Range(1, (1 << length) - 1).Select(bits =>
    {
        int[] masked = [.. Enumerable.Range(0, length).Where(place => (bits >> place & 1) == 1)];
        double combinations = 1;
        for (int i = 1; i <= masked.Length; i++) combinations = combinations * (length - masked.Length + i) / i;
        return new NoisyCopy([.. masked.Select(place => start + place)], 1 / (masked.Length * combinations));
    })];

    /// <summary>Draws the noise of masked diffusion (<see cref="LikelihoodNoise.Stratified"/>) for a target behind a prompt.</summary>
    public static IReadOnlyList<NoisyCopy> Stratified(int prompt, int target, LikelihoodOptions options, long seed)
    {
        if (target == 0) return [];
        return Draw(options, seed, generator => LikelihoodNoise.Stratified(options.McBatchSize, prompt, target, generator), _ => true);
    }

    /// <summary>Draws the noise of Dream (<see cref="LikelihoodNoise.Antithetic"/>) over both parts; only one may concern.</summary>
    public static IReadOnlyList<NoisyCopy> Antithetic(int prompt, int target, LikelihoodOptions options, long seed)
    {
        if (prompt + target == 0) return [];
        return Draw(
            options, seed, generator => LikelihoodNoise.Antithetic(options.McBatchSize, prompt + target, options.SamplingEps, generator),
            place => options.LogType == LikelihoodPart.Both || (place >= prompt) == (options.LogType == LikelihoodPart.Target));
    }

    /// <summary>The copies of a chain (<see cref="DreamLikelihood.Chain"/>): one a token of the part, which and what is read later is masked.</summary>
    public static IReadOnlyList<NoisyCopy> Chain(int prompt, int target, LikelihoodOptions options)
    {
        var (first, end) = options.LogType == LikelihoodPart.Target ? (prompt, prompt + target) : (0, prompt);
        return [.. Enumerable.Range(first, end - first).Select(place =>
        {
            var (from, to) = options.NllType == NllType.ArBtf ? (first, place + 1) : (place, end);
            return new NoisyCopy([.. Enumerable.Range(from, to - from)], 1) { Asked = [place] };
        })];
    }

    private static IReadOnlyList<NoisyCopy> Draw(
        LikelihoodOptions options, long seed, Func<Generator, LikelihoodNoise> draw, Func<int, bool> concerns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        return Join([.. Enumerable.Range(0, options.McNum / options.McBatchSize).Select(_ => draw(generator))], concerns);
    }
}
