using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;
using Dllm.Runtime;
using TorchSharp;

namespace Dllm.Cli.Help;

/// <summary>What <c>dllm version</c> writes: what to put into a report of a fault.</summary>
internal sealed class VersionReport : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"dllm {Version(typeof(VersionReport))}");
        output.WriteLine($"TorchSharp {Version(typeof(torch))}");
        output.WriteLine(Libtorch());
        output.WriteLine($"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");
        output.WriteLine(RuntimeInformation.OSDescription);
        return 0;
    }

    private static string Libtorch()
    {
        try
        {
            NativeRuntime.Load();
            return $"libtorch {torch.__version__}, {NativeRuntime.Description}, {(NativeRuntime.CudaIsAvailable ? "with" : "without")} a CUDA device";
        }
        catch (DllmException missing)
        {
            return $"libtorch cannot be loaded: {Terminal.OneLine(missing.Message)}";
        }
    }

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? type.Assembly.GetName().Version!.ToString();
}
