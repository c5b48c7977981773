using System.Text.Json;

namespace Dllm.Training;

/// <summary>Enumerations by the original's names: <c>cosine_with_restarts</c> is <see cref="LrSchedulerType.CosineWithRestarts"/>.</summary>
public static class Names
{
    /// <summary>The original's name of a value.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>The value of a name.</summary>
    /// <param name="name">As the original writes it.</param>
    /// <param name="option">The option that has it, for the message.</param>
    /// <exception cref="DllmException">No value has that name.</exception>
    public static T Parse<T>(string name, string option)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == name) return value;
        }

        throw new DllmException($"{option} is '{name}', which is unknown", $"choose one of {string.Join(", ", Enum.GetValues<T>().Select(Of))}");
    }
}
