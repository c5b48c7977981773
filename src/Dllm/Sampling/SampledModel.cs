using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>A model to sample from: where it computes and how much it reads.</summary>
/// <param name="Denoiser">Predicts tokens; not owned.</param>
/// <param name="ContextLength">The most columns that it reads; null if there is no limit.</param>
/// <param name="Device">Where it computes.</param>
internal sealed record SampledModel(IDenoiser Denoiser, int? ContextLength, Device Device)
{
    /// <summary>A model with options that suit it.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public static SampledModel For(SamplerOptions options, IDenoiser denoiser, int? contextLength, Device? device)
    {
        options.Validate();
        options.ValidateTokens(denoiser.VocabularySize);
        return new SampledModel(denoiser, contextLength, device ?? CPU);
    }

    /// <summary>The size of the vocabulary.</summary>
    public int VocabularySize => Denoiser.VocabularySize;

    /// <summary>Whether it may be told query by query what is seen. Encoders hide padding only.</summary>
    public bool TakesWholeMasks => Denoiser is not Denoiser { TakesWholeMasks: false };

    /// <summary>Checks that a canvas can be read.</summary>
    /// <exception cref="DllmException">It is too wide, or holds a token that is not in the vocabulary.</exception>
    public void Check(Canvas canvas)
    {
        canvas.RequireRoom(ContextLength);
        canvas.RequireKnownTokens(VocabularySize);
    }
}
