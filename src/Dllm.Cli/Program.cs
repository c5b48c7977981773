namespace Dllm.Cli;

/// <summary>The process's entry: real streams, real signals, one exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var interruption = Interruption.OfProcess();
        return DllmCommandLine.Run(args, Terminal.OfProcess(), interruption);
    }
}
