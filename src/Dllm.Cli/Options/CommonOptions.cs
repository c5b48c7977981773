using System.Collections;
using System.CommandLine;
using System.Globalization;
using Dllm.Cli.Help;
using Dllm.Runtime;
using TorchSharp;

namespace Dllm.Cli.Options;

/// <summary>What every verb understands: seed, threads, type of the numbers, device, debugging.</summary>
internal sealed class CommonOptions : IEnumerable<Option>
{
    /// <summary>Seed of everything random.</summary>
    public Option<long?> Seed { get; } = CliOption.OptionalLong("--seed", "Seed of everything random: the same seed gives the same result").In(HelpGroup.Usual);

    /// <summary>Threads of a tensor operation.</summary>
    public Option<int?> Threads { get; } =
        CliOption.OptionalInteger("--threads", "Threads of one tensor operation; by default the number of physical cores", 1, 1024);

    /// <summary>Type of the numbers.</summary>
    public Option<string> Dtype { get; } = CliOption.Choice(
        "--dtype",
        "Type of the numbers that are computed with",
        "float32",
        ["float32", "bfloat16", "float16"],
        new Dictionary<string, string> { ["fp32"] = "float32", ["bf16"] = "bfloat16", ["fp16"] = "float16" });

    /// <summary>Where to compute.</summary>
    public Option<string?> Device { get; } =
        CliOption.Text("--device", "Where to compute: cpu, cuda or cuda:N [default: cpu]", "NAME");

    /// <summary>Whether unexpected errors show their stack.</summary>
    public Option<bool> Debug { get; } = CliOption.Switch("--debug", "Show the stack of an unexpected error").In(HelpGroup.Advanced);

    /// <summary>Loads the native runtime and sets the threads. Until then nothing of TorchSharp may be touched.</summary>
    /// <exception cref="DllmException">libtorch cannot be loaded, or a value is out of range.</exception>
    public void StartRuntime(ParseResult parsed)
    {
        NativeRuntime.Load();
        if (parsed.GetValue(Threads) is int threads) NativeRuntime.Threads = threads;
    }

    /// <summary>The type that was asked for.</summary>
    public torch.ScalarType ReadDtype(ParseResult parsed) => parsed.GetValue(Dtype) switch
    {
        "bfloat16" => torch.ScalarType.BFloat16,
        "float16" => torch.ScalarType.Float16,
        _ => torch.ScalarType.Float32,
    };

    /// <summary>The device that was asked for.</summary>
    /// <exception cref="DllmException">There is no such device.</exception>
    public torch.Device ReadDevice(ParseResult parsed)
    {
        string name = parsed.GetValue(Device) ?? "cpu";
        if (name == "cpu") return torch.CPU;
        string[] parts = name.Split(':');
        int index = 0;
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index)))
            throw new DllmException($"there is no device '{name}'", "use cpu, cuda or cuda:N");
        if (!NativeRuntime.CudaIsAvailable)
        {
            throw new DllmException(
                $"the device {name} cannot be used: {NativeRuntime.Description} has no CUDA device",
                $"use --device cpu, or set {NativeRuntime.DirectoryVariable} to a CUDA build of libtorch");
        }

        return new torch.Device(DeviceType.CUDA, index);
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return Seed;
        yield return Threads;
        yield return Dtype;
        yield return Device;
        yield return Debug;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
