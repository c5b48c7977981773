namespace Dllm.Data;

/// <summary>A data-set specification that cannot be read or met; says where.</summary>
/// <param name="problem">What is wrong, without the place.</param>
/// <param name="spec">The whole specification as the user wrote it.</param>
/// <param name="position">The character, counted from 0, at which the mistake was seen.</param>
/// <param name="remedy">What to write instead.</param>
public sealed class SpecFormatException(string problem, string spec, int position, string? remedy = null)
    : DllmException($"{problem} (character {position + 1} of '{spec}')", remedy)
{
    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;

    /// <summary>The character, counted from 0, at which the mistake was seen.</summary>
    public int Position { get; } = position;

    /// <summary>The same mistake in the longer <paramref name="text"/>, where this specification starts at <paramref name="offset"/>.</summary>
    internal SpecFormatException Within(string text, int offset) => new(Problem, text, Position + offset, Remedy);
}
