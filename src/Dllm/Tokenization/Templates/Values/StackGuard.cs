using System.Runtime.CompilerServices;

namespace Dllm.Tokenization.Templates;

/// <summary>Bounds for walks over values that a hostile template can nest without end, even inside themselves.</summary>
internal static class StackGuard
{
    /// <summary>No value's <c>repr</c> grows beyond this many characters.</summary>
    public const int MaxReprLength = 16 * 1024 * 1024;

    public static void Check()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw TemplateFault.Limit("values or calls nest too deeply");
    }
}
