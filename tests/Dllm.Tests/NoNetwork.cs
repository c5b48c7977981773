using System.Runtime.CompilerServices;

namespace Dllm.Tests;

/// <summary>
/// No test reaches out: the hub that commands ask where none is named is an address of this machine at which nobody listens. Processes
/// that tests start inherit it.
/// </summary>
internal static class NoNetwork
{
    public const string Endpoint = "http://127.0.0.1:1";

    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("HF_ENDPOINT", Endpoint);
        Environment.SetEnvironmentVariable("HF_TOKEN", null);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", Path.Combine(Path.GetTempPath(), "dllm-tests-no-hub"));
    }
}
