using Dllm.Sampling;

namespace Dllm.Tests.Sampling;

/// <summary>What is told of options without effect.</summary>
internal static class UnusedTexts
{
    public static IReadOnlyList<string> FindUnusedTexts(this SamplerOptions options) => [.. options.FindUnused().Select(unused => unused.ToString())];
}
