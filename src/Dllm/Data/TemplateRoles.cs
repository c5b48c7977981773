using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// OpenAI's newer and older names of roles for templates that do not know them: <c>developer</c> is what was <c>system</c>, and
/// <c>function</c> what is now <c>tool</c>. A template knows a role whose name it spells.
/// </summary>
internal static class TemplateRoles
{
    private static readonly (string Role, string Instead)[] Synonyms = [("developer", "system"), ("function", "tool")];

    /// <summary>The messages with roles that the template knows.</summary>
    public static IReadOnlyList<ChatMessage> Adapt(IReadOnlyList<ChatMessage> messages, string template)
    {
        foreach (var (role, instead) in Synonyms)
        {
            if (messages.Any(message => message.Role == role) && !Spells(template, role) && Spells(template, instead))
            {
                messages = [.. messages.Select(message => message.Role == role ? message with { Role = instead } : message)];
            }
        }

        return messages;
    }

    private static bool Spells(string template, string role)
        => template.Contains($"'{role}'", StringComparison.Ordinal) || template.Contains($"\"{role}\"", StringComparison.Ordinal);
}
