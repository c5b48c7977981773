namespace Dllm.Tokenization.Templates;

/// <summary>What <c>namespace()</c> gives: the one value whose attributes a template can set.</summary>
internal sealed class NamespaceValue
{
    public OrderedDictionary<string, object?> Attributes { get; } = [];
}
