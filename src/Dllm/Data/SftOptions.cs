namespace Dllm.Data;

/// <summary>Which tokens of a conversation are learnt.</summary>
public enum TrainOn
{
    /// <summary>The last message only, what precedes it being the prompt: the original's rule.</summary>
    LastAssistantTurn,

    /// <summary>Every message of the assistant.</summary>
    AllAssistantTurns,

    /// <summary>Everything, the user's words and the template's marks too (the original's <c>mask_prompt_loss=False</c>).</summary>
    AllTokens,
}

/// <summary>How conversations become training samples.</summary>
public sealed record SftOptions
{
    /// <summary>Which tokens are learnt; default <see cref="TrainOn.LastAssistantTurn"/>.</summary>
    public TrainOn TrainOn { get; init; } = TrainOn.LastAssistantTurn;

    /// <summary>Longest sample and what becomes of longer ones; default: 1024 tokens, the end cut off.</summary>
    public LengthLimit Length { get; init; } = new();

    /// <summary>Checks the settings.</summary>
    /// <exception cref="DllmException">The length limit is invalid.</exception>
    public void Validate() => Length.Validate();
}
