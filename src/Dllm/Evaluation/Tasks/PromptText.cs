using Dllm.Tokenization;

namespace Dllm.Evaluation.Tasks;

/// <summary>A prompt, put together.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Literal">As <see cref="EvalRequest.Literal"/>.</param>
internal sealed record PromptText(string Text, IReadOnlyList<int>? Literal = null)
{
    /// <summary>A prompt in a model's markup.</summary>
    public static PromptText Of(RenderedChat chat) => new(chat.Text, chat.Literal);
}
