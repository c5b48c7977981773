using static TorchSharp.torch;

namespace Dllm.Diffusion;

// B batch, T tokens.

/// <summary>A batch noised by <see cref="ForwardProcess"/>. The tensors belong to the caller (or its dispose scope).</summary>
/// <param name="Ids">[B, T] int64: the clean ids with masks put in.</param>
/// <param name="Masked">[B, T] bool: where a mask was put in, that is, what the model has to predict.</param>
/// <param name="Times">[B] float32: the diffusion time of each row, in [epsilon, 1).</param>
public readonly record struct NoisedBatch(Tensor Ids, Tensor Masked, Tensor Times);

/// <summary>
/// The forward (noising) process of masked diffusion: each row draws a time t, uniform in [epsilon, end), and each of its tokens
/// that may be masked becomes a mask with probability 1 - alpha(t). Follows MDLM (arXiv:2406.07524) and the original's trainer.
/// </summary>
/// <remarks>All draws are float32 on the CPU and then moved, so a seed gives the same noise on every device.</remarks>
public sealed class ForwardProcess
{
    /// <summary>The label of positions that are never masked and never trained on (prompts, padding).</summary>
    public const long IgnoredLabel = -100;

    private readonly NoiseSchedule _noise;
    private readonly double _timeEpsilon;
    private readonly double _timeEnd;

    /// <summary>
    /// Noises by <paramref name="noise"/>; times start at <paramref name="timeEpsilon"/>, in (0, 1), default 0.001, and end before
    /// <paramref name="timeEnd"/>, above it and at most 1, the default. A narrow range is masked-language modelling as encoders are
    /// pre-trained: 0.15 to 0.5 under the linear schedule masks between 15 and 50 % of a row.
    /// </summary>
    /// <exception cref="DllmException">A time is out of range.</exception>
    public ForwardProcess(NoiseSchedule noise, double timeEpsilon = 1e-3, double timeEnd = 1)
    {
        ArgumentNullException.ThrowIfNull(noise);
        if (!(timeEpsilon is > 0 and < 1))
            throw new DllmException($"the time epsilon is {timeEpsilon}, but must lie between 0 and 1", "0.001 is the usual value");
        if (!(timeEnd > timeEpsilon && timeEnd <= 1))
            throw new DllmException(
                $"the last time is {timeEnd}, but must lie above the first, {timeEpsilon}, and be at most 1", "1 is the usual value");
        _noise = noise;
        (_timeEpsilon, _timeEnd) = (timeEpsilon, timeEnd);
    }

    /// <summary>
    /// Noises a batch with draws from one generator: <c>rand(B)</c> for the times, then <c>rand(B, T)</c>, the original's order.
    /// </summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="labels">[B, T] int64; <see cref="IgnoredLabel"/> where a token is never masked.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="generator">A CPU generator.</param>
    public NoisedBatch Corrupt(Tensor ids, Tensor labels, long maskTokenId, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        var times = rand(ids.size(0), float32, generator: generator); // [B]
        var chances = rand(ids.size(0), ids.size(1), float32, generator: generator); // [B, T]
        return Apply(ids, labels, maskTokenId, times, chances);
    }

    /// <summary>
    /// Noises a batch with a seed for every row: a row's noise does not depend on the batch it is in, its place there, or the
    /// padding behind it, so training sees the same noise whatever the batch size and the number of processes.
    /// </summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="labels">[B, T] int64; <see cref="IgnoredLabel"/> where a token is never masked.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="rowSeeds">One seed a row, such as a hash of run seed, epoch and sample index.</param>
    public NoisedBatch Corrupt(Tensor ids, Tensor labels, long maskTokenId, IReadOnlyList<long> rowSeeds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rowSeeds.Count, (int)ids.size(0));
        using var scope = NewDisposeScope();
        var times = new Tensor[rowSeeds.Count];
        var chances = new Tensor[rowSeeds.Count];
        for (var row = 0; row < rowSeeds.Count; row++)
        {
            using var generator = new Generator((ulong)rowSeeds[row], CPU);
            times[row] = rand(1, float32, generator: generator);
            chances[row] = rand(ids.size(1), float32, generator: generator); // [T]
        }

        return Apply(ids, labels, maskTokenId, cat(times, 0), stack(chances, 0));
    }

    private NoisedBatch Apply(Tensor ids, Tensor labels, long maskTokenId, Tensor uniforms, Tensor chances)
    {
        var times = (_timeEpsilon + (_timeEnd - _timeEpsilon) * uniforms).to(ids.device); // [B]
        var maskProbability = 1 - _noise.Alpha(times).unsqueeze(1); // [B, 1]
        var masked = (chances.to(ids.device) < maskProbability) & (labels != IgnoredLabel); // [B, T]
        var noised = ids.masked_fill(masked, maskTokenId);
        return new NoisedBatch(noised.MoveToOuterDisposeScope(), masked.MoveToOuterDisposeScope(), times.MoveToOuterDisposeScope());
    }
}
