using Dllm.Tokenization;

namespace Dllm.Sampling;

/// <summary>
/// Runs prompts, as token ids, to answers: makes the canvas that the options and the special tokens ask for, samples it, and cuts each
/// row at the first end token. To follow the steps, sample the canvas with the sampler itself and read it with <see cref="Response"/>.
/// </summary>
/// <param name="sampler">Fills the masks.</param>
/// <param name="options">The options that the sampler was made with: they set how much is to be written.</param>
/// <param name="tokens">The special tokens of the model's tokenizer.</param>
/// <param name="ends">Where texts end; null (the default): at the end tokens among <paramref name="tokens"/>.</param>
public sealed class Responder(ISampler sampler, MdlmSamplerOptions options, SpecialTokens tokens, TextEnds? ends = null)
{
    private readonly int _mask = tokens.MaskId
        ?? throw new DllmException("the tokenizer has no mask token", "use the tokenizer of a masked-diffusion model");

    private readonly int _padding = tokens.EosId ?? tokens.PadId
        ?? throw new DllmException("the tokenizer has neither an end-of-sequence nor a padding token", "declare one of them");

    private readonly int[] _ends = [.. new[] { tokens.EosId, tokens.EndOfTurnId }.OfType<int>()];

    /// <summary>A canvas of prompts, each with masks for the answer behind it.</summary>
    /// <exception cref="DllmException">A prompt leaves no room for an answer, or is empty where the model needs a token.</exception>
    public Canvas CompletionCanvas(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        var instead = InsteadOfNothing(prompts);
        var longest = prompts.Select(prompt => Math.Max(prompt.Count, instead is null ? 0 : 1)).DefaultIfEmpty(0).Max();
        return Canvas.ForCompletion(prompts, options.NewTokens(longest), _mask, _padding, instead);
    }

    /// <summary>A canvas of rows with masks anywhere.</summary>
    /// <exception cref="DllmException">All rows are empty, none has a mask token, or one is where the model needs a token.</exception>
    public Canvas InfillingCanvas(IReadOnlyList<IReadOnlyList<int>> rows) =>
        Canvas.ForInfilling(rows, _mask, _padding, InsteadOfNothing(rows));

    /// <summary>What was written in a row so far: the tokens before the first end token.</summary>
    public int[] Response(Canvas canvas, int row) => ends is null ? ResponseTokens.UntilEnd(canvas.Written(row), _ends) : ends.Before(canvas.Written(row)).ToArray();

    /// <summary>Samples a canvas to the end and returns what was written in each row, up to the first end token.</summary>
    /// <exception cref="DllmException">The options do not fit the canvas.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two steps.</exception>
    public IReadOnlyList<int[]> Respond(Canvas canvas, CancellationToken cancellation = default)
    {
        foreach (var _ in sampler.Sample(canvas, cancellation)) { }
        return [.. Enumerable.Range(0, canvas.Rows).Select(row => Response(canvas, row))];
    }

    // A model that reads one place to the left has nothing to start from in an empty row.
    private int? InsteadOfNothing(IReadOnlyList<IReadOnlyList<int>> rows)
    {
        if (!options.RightShiftLogits || rows.All(row => row.Count > 0)) return null;
        return tokens.BosId ?? throw new DllmException(
            "a prompt is empty, and the tokenizer has no begin-of-sequence token to put there", "give a prompt of at least one token");
    }
}
