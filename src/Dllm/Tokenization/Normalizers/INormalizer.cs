namespace Dllm.Tokenization;

/// <summary>Rewrites a text before it is cut into words, keeping origins where they are tracked.</summary>
internal interface INormalizer
{
    /// <summary>The rewritten text; the same instance where nothing changes.</summary>
    MappedText Normalize(MappedText text);
}

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            text = normalizer.Normalize(text);
            text.Budget.CheckTime();
        }

        return text;
    }
}
