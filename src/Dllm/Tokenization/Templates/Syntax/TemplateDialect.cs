namespace Dllm.Tokenization.Templates;

/// <summary>The settings of the environment that a template was written for.</summary>
/// <param name="TrimsBlocks"><c>trim_blocks</c> and <c>lstrip_blocks</c>: the newline after a block goes, and the blanks before it.</param>
/// <param name="KeepsTrailingNewline"><c>keep_trailing_newline</c>.</param>
/// <param name="IsStrict">Whether to write, test, or walk over something undefined is a mistake (<c>StrictUndefined</c>).</param>
internal sealed record TemplateDialect(bool TrimsBlocks, bool KeepsTrailingNewline, bool IsStrict)
{
    /// <summary>Chat templates.</summary>
    public static TemplateDialect Chat { get; } = new(TrimsBlocks: true, KeepsTrailingNewline: false, IsStrict: false);

    /// <summary>The prompts of evaluation tasks: text stays as it is, and a column that is not there is a mistake.</summary>
    public static TemplateDialect Prompt { get; } = new(TrimsBlocks: false, KeepsTrailingNewline: true, IsStrict: true);
}
