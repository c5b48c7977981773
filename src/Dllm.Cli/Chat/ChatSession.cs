using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Cli.Chat;

/// <summary>A conversation with a model: what was said, and how answers are written.</summary>
/// <param name="model">The model; not owned. One without a chat template continues the texts as they are, a line each.</param>
internal sealed class ChatSession(OpenedModel model)
{
    private readonly List<ChatMessage> _messages = [];

    /// <summary>A system message that stands first, or null.</summary>
    public string? System { get; set; }

    /// <summary>What was said, the system message first where there is one.</summary>
    public IReadOnlyList<ChatMessage> Messages => System is null ? _messages : [new ChatMessage("system", System), .. _messages];

    /// <summary>Whether there is an answer yet.</summary>
    public bool HasTurns => _messages.Count > 0;

    /// <summary>The last question that was answered, or null.</summary>
    public string? LastQuestion => HasTurns ? _messages[^2].Content : null;

    /// <summary>The last answer, or null.</summary>
    public string? LastAnswer => HasTurns ? _messages[^1].Content : null;

    /// <summary>How answers are written.</summary>
    public required SamplerSettings Sampler { get; set; }

    /// <summary>Answers a message. Nothing is remembered of a turn that fails or is interrupted.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="run">Runs the sampler; the number is where the answer begins on the canvas.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="DllmException">The conversation does not fit the model, or the template refuses it.</exception>
    public string Answer(string text, Action<ISampler, Canvas, int> run)
    {
        var asked = new ChatMessage("user", text);
        int[] prompt = Encode([.. Messages, asked]);
        var canvas = Sampler.CompletionCanvas([prompt], model.CanvasTokens);
        run(Sampler.Create(model.Model.Denoiser), canvas, canvas.FirstColumn(0) + prompt.Length);
        string answer = model.Response.Completion(canvas.Written(0), 0).Trim();
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

    /// <summary>Forgets what was said, but for the system message.</summary>
    public void Reset() => _messages.Clear();

    private int[] Encode(IReadOnlyList<ChatMessage> messages) => model.HasChatTemplate
        ? model.Encoder.Encode(messages, addGenerationPrompt: true)
        : model.Tokenizer.EncodeWithoutMasks(string.Join('\n', messages.Select(message => message.Content)), addSpecialTokens: false);
}
