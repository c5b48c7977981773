using System.Globalization;
using System.Numerics;
using Dllm.Tokenization.Templates;

namespace Dllm.Data;

/// <summary>
/// What a message's content holds: text, and, where it is a list of parts, thoughts and calls of tools among them. A part that a text
/// model cannot read (an image, sound) is refused: left out in silence, the answer to it would teach a falsehood.
/// </summary>
/// <param name="Text">The texts, joined.</param>
/// <param name="Reasoning">The thoughts, joined; null where there are none.</param>
/// <param name="Calls">The calls of tools.</param>
internal sealed record MessageParts(string Text, string? Reasoning, IReadOnlyList<object?> Calls)
{
    private static readonly string[] TextTypes = ["text", "input_text", "output_text", "refusal"];
    private static readonly string[] ReasoningTypes = ["reasoning", "thinking"];
    private static readonly string[] CallTypes = ["tool_call", "tool_use", "function_call"];

    /// <summary>Reads content: null (nothing), a text, a number, one part or a list of parts.</summary>
    /// <param name="content">The content.</param>
    /// <param name="what">What messages call it.</param>
    /// <exception cref="DllmException">It holds something else.</exception>
    public static MessageParts Read(object? content, string what)
    {
        var (text, reasoning, calls) = (new List<string>(), new List<string>(), new List<object?>());
        foreach (var item in content as IReadOnlyList<object?> ?? [content])
        {
            if (item is IReadOnlyDictionary<string, object?> fields)
            {
                Add(new Columns(fields));
            }
            else
            {
                text.Add(Plain(item));
            }
        }

        return new MessageParts(string.Concat(text), reasoning.Count > 0 ? string.Concat(reasoning) : null, calls);

        string Plain(object? item) => item switch
        {
            null => "",
            string said => said,
            long or BigInteger or double => PythonText.Str(item),
            _ => throw new DllmException($"{what} is {Convert.ToString(item, CultureInfo.InvariantCulture)}, which is no text"),
        };

        void Add(Columns part)
        {
            var type = part.Take("type") as string;
            if (type is null || TextTypes.Contains(type))
            {
                text.Add(part.Take("text", "value", "content", "refusal") as string ?? (part.Has("text", "value", "content") ? "" : throw Unreadable(type)));
            }
            else if (ReasoningTypes.Contains(type))
            {
                reasoning.Add(part.Take(type, "text", "value") as string ?? throw Unreadable(type));
            }
            else if (CallTypes.Contains(type))
            {
                calls.AddRange(ToolCalls.Read(part.Take("value", "tool_call", "function_call") ?? new Dictionary<string, object?>
                {
                    ["id"] = part.Take("id", "call_id"),
                    ["name"] = part.Take("name"),
                    ["arguments"] = part.Take("arguments", "input"),
                }));
            }
            else
            {
                throw Unreadable(type);
            }

            DllmException Unreadable(string? type) => new(
                $"{what} has a part {(type is null ? $"of {string.Join(", ", part.Names)}" : $"of type '{type}'")}, which a text model cannot read",
                "leave the row out, or keep only the parts that are text");
        }
    }
}
