using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Instructions;

/// <summary>Whether a response follows one instruction.</summary>
internal delegate bool InstructionCheck(string response);

/// <summary>Makes the check of an instruction from its arguments.</summary>
internal delegate InstructionCheck InstructionFactory(InstructionArguments arguments);

/// <summary>
/// An instruction's arguments (an entry of the column <c>kwargs</c>). Where one is missing, the original draws it at random, which no score
/// can be compared with: here it is a mistake of the data.
/// </summary>
/// <param name="id">The instruction.</param>
/// <param name="values">Its arguments; those that are null, empty or 0 count as missing.</param>
internal sealed class InstructionArguments(string id, JsonObject values)
{
    public string Text(string name) => values[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
        && value.ToString() is { Length: > 0 } text
        ? text
        : throw Missing(name, "text");

    public IReadOnlyList<string> Texts(string name) => values[name] is JsonArray { Count: > 0 } list
        ? [.. list.Select(item => item?.ToString() ?? "")]
        : throw Missing(name, "list of texts");

    public int Number(string name) => values[name] is JsonValue value
        && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number is >= 1 and <= int.MaxValue
        ? (int)number
        : throw Missing(name, "number from 1");

    /// <summary>A comparison of a count with a number: <c>less than</c> or <c>at least</c>.</summary>
    public Func<int, bool> Relation(string relation, string number)
    {
        var bound = Number(number);
        return Text(relation) switch
        {
            "less than" => count => count < bound,
            "at least" => count => count >= bound,
            var other => throw new DllmException(
                $"the instruction '{id}' compares by '{other}'", $"'{relation}' is 'less than' or 'at least'"),
        };
    }

    private DllmException Missing(string name, string kind) =>
        new($"the instruction '{id}' has no {kind} '{name}'", $"its arguments (kwargs) are {values.ToJsonString()}");
}
