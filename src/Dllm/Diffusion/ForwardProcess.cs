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

    /// <summary>Noises a batch: a number a row for the times, then a number a token, the original's order.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="labels">[B, T] int64; <see cref="IgnoredLabel"/> where a token is never masked.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="noise">Where the random numbers come from.</param>
    /// <param name="lead">Columns put before the rows' own first ones, which have no noise of their own; default 0.</param>
    public NoisedBatch Corrupt(Tensor ids, Tensor labels, long maskTokenId, NoiseSource noise, int lead = 0)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        var (rows, columns) = ((int)ids.size(0), (int)ids.size(1));
        var uniforms = noise.Uniforms(rows, 1).squeeze(1); // [B]
        var times = (_timeEpsilon + (_timeEnd - _timeEpsilon) * uniforms).to(ids.device); // [B]
        var chances = noise.Uniforms(rows, columns, lead).to(ids.device); // [B, T]
        var maskProbability = 1 - _noise.Alpha(times).unsqueeze(1); // [B, 1]
        var masked = (chances < maskProbability) & (labels != IgnoredLabel); // [B, T]
        var noised = ids.masked_fill(masked, maskTokenId);
        return new NoisedBatch(noised.MoveToOuterDisposeScope(), masked.MoveToOuterDisposeScope(), times.MoveToOuterDisposeScope());
    }
}
