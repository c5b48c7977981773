using Dllm.Cli.Display;
using Dllm.Data;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Cli.Chat;

/// <summary>A conversation with a model: what was said, and how answers are written.</summary>
/// <param name="model">The model; not owned.</param>
/// <param name="system">A system message that stands first, or null.</param>
internal sealed class ChatSession(OpenedModel model, string? system)
{
    private readonly List<ChatMessage> _messages = [];

    /// <summary>What was said, without the system message.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>How answers are written.</summary>
    public required SamplerSettings Sampler { get; set; }

    /// <summary>Answers a message. Nothing is remembered of a turn that fails or is interrupted.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="run">Runs the sampler; the second number is where the answer begins on the canvas.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="DllmException">The conversation does not fit the model, or the template refuses it.</exception>
    public string Answer(string text, Func<ISampler, Canvas, int, SamplingPace> run)
    {
        var asked = new ChatMessage("user", text);
        IReadOnlyList<ChatMessage> whole = system is null ? [.. _messages, asked] : [new ChatMessage("system", system), .. _messages, asked];
        int[] prompt = model.Encoder.Encode(whole, addGenerationPrompt: true);
        var canvas = Sampler.Sampler.CompletionCanvas([prompt], Sampler.Options, model.CanvasTokens);
        run(Sampler.Create(model.Model.Denoiser), canvas, canvas.FirstColumn(0) + prompt.Length);
        string answer = new ResponseText(model.Tokenizer).Completion(canvas.Written(0), 0).Trim();
        _messages.Add(asked);
        _messages.Add(new ChatMessage("assistant", answer));
        return answer;
    }

    /// <summary>Forgets the last question and its answer; false where there is none.</summary>
    public bool Undo()
    {
        if (_messages.Count == 0) return false;
        _messages.RemoveRange(_messages.Count - 2, 2);
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset() => _messages.Clear();
}
