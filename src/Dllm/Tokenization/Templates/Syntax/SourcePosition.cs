namespace Dllm.Tokenization.Templates;

/// <summary>A place in a template's source: line and column, both from 1, the column in UTF-16 units.</summary>
internal readonly record struct SourcePosition(int Line, int Column)
{
    public override string ToString() => $"line {Line}, column {Column}";
}
