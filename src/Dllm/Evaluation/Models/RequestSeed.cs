using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dllm.Evaluation;

/// <summary>
/// The seed that a request draws with: of the run's seed and its own content, so that its answer depends on neither its neighbours, nor the
/// order, nor whether the run was interrupted or shared out.
/// </summary>
internal static class RequestSeed
{
    /// <summary>The seed, at least 0.</summary>
    /// <param name="seed">The run's.</param>
    /// <param name="request">The request.</param>
    /// <param name="part">The tokens of the part of it that is drawn for, where it has several.</param>
    public static long Of(long seed, EvalRequest request, ReadOnlySpan<int> part = default)
    {
        byte[] content = Encoding.UTF8.GetBytes(
            $"{seed}\n{request.Repeat}\n{request.Context}\n{request.Continuation}\n{request.Infill?.Suffix}\n{string.Join(',', part.ToArray())}");
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(content)) & long.MaxValue;
    }

    /// <summary>Whether two requests have the same seeds wherever their parts are the same.</summary>
    public static bool DrawAlike(EvalRequest one, EvalRequest other) =>
        one.Repeat == other.Repeat && one.Context == other.Context && one.Continuation == other.Continuation && one.Infill?.Suffix == other.Infill?.Suffix;
}
