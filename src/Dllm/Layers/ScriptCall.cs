using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Calls of TorchScript functions with numbers among the arguments.</summary>
/// <remarks>
/// TorchSharp hands a number over as a native scalar whose managed owner nobody holds: a garbage collection before the call frees it,
/// and the function reads whatever then lies there. Here the owners live until the call is over.
/// </remarks>
internal static class ScriptCall
{
    /// <summary>Calls a function of a compiled script.</summary>
    public static object Call(this jit.CompilationUnit script, string name, params object?[] arguments) =>
        Holding(arguments, held => script.invoke(name, held));

    /// <summary>Calls a method of a saved script.</summary>
    public static object Call(this jit.ScriptModule script, string name, params object?[] arguments) =>
        Holding(arguments, held => script.invoke(name, held));

    private static object Holding(object?[] arguments, Func<object[], object> call)
    {
        object?[] held = Array.ConvertAll(arguments, argument => argument is double number ? (Scalar)number : argument);
        try
        {
            return call(held!);
        }
        finally
        {
            for (var i = 0; i < held.Length; i++)
            {
                if (!ReferenceEquals(held[i], arguments[i])) ((IDisposable)held[i]!).Dispose();
            }
        }
    }
}
