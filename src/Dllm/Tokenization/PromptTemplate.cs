using System.Text.Json.Nodes;
using Dllm.Tokenization.Templates;

namespace Dllm.Tokenization;

/// <summary>
/// A Jinja text as evaluation tasks write it: no whitespace is trimmed, a trailing newline stays, an undefined name is a mistake, and
/// there is the filter <c>regex_replace(pattern, replacement, count)</c>. Otherwise the language of <see cref="ChatTemplate"/>.
/// Immutable: one instance serves any number of threads.
/// </summary>
public sealed class PromptTemplate
{
    private readonly IReadOnlyList<Statement> _statements;
    private readonly ChatTemplateLimits _limits = new();

    private PromptTemplate(string source)
    {
        Source = source;
        _statements = ChatTemplate.Guard(() => TemplateParser.Parse(source, _limits.MaxDepth, TemplateDialect.Prompt));
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="ChatTemplateException">The text is not a template; the exception has line and column.</exception>
    public static PromptTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new PromptTemplate(source);
    }

    /// <summary>Renders the template with a document's columns as its names.</summary>
    /// <exception cref="ChatTemplateException">The template reads a name that the document lacks, or makes a mistake on it.</exception>
    public string Render(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var variables = document.Select(pair => KeyValuePair.Create(pair.Key, ValueConversion.ToTemplate(pair.Value)));
        return ChatTemplate.Guard(() => new TemplateRenderer(new RenderContext(_limits, TimeProvider.System, TemplateDialect.Prompt))
            .Render(_statements, variables).Text);
    }
}
