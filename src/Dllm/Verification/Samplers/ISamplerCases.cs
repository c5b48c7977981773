using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>How the cases of one of the original's samplers are set up.</summary>
internal interface ISamplerCases
{
    /// <summary>The values of <c>sampler</c> in <c>case.json</c>.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Reads the options and makes the canvas.</summary>
    /// <exception cref="CaseSkippedException">An option is not supported.</exception>
    SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser);
}

/// <summary>A sampler and what it is to fill.</summary>
/// <param name="Sampler">The sampler, in the original's order of draws.</param>
/// <param name="Canvas">The canvas.</param>
internal sealed record SamplerSetup(ISampler Sampler, Canvas Canvas)
{
    /// <summary>Whether every step announces the number of steps exactly.</summary>
    public bool AnnouncesSteps { get; init; }

    /// <summary>Whether the canvas is as wide as the original's at every step; else only the columns that both have are compared.</summary>
    public bool ComparesWidths { get; init; }

    /// <summary>
    /// Whether steps that change nothing are left out of the stream: then so are the canvases of the history that equal the one before.
    /// </summary>
    public bool LeavesOutIdleSteps { get; init; }

    /// <summary>Whether fewer forward passes than expected will do.</summary>
    public bool ForwardsAreMost { get; init; }

    /// <summary>
    /// The forward passes expected, from the original's number and the number of steps: what an exact cache has no need of is not made.
    /// Null where the case does not tell any.
    /// </summary>
    public Func<int, int, int> Forwards { get; init; } = (original, _) => original;
}
