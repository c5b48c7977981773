using Dllm.Benchmarks;
using Dllm.Runtime;
using TorchSharp;

// Every benchmark by name; `all` runs them one after the other. Results are kept in bench/results.
var benchmarks = new Dictionary<string, Action<TextWriter>>
{
    ["forward"] = output => ForwardBenchmark.Run(output),
    ["forward-bf16"] = output => ForwardBenchmark.Run(output, dtype: torch.ScalarType.BFloat16),
    ["sampler"] = output =>
    {
        SamplerBenchmark.Run(output);
        SamplerBenchmark.Run(output, prompt: 256, newTokens: 256);
    },
    ["sampler-bf16"] = output => SamplerBenchmark.Run(output, bf16: true),
    ["training"] = output => TrainingBenchmark.Run(output),
    ["cache"] = output => CacheBenchmark.RunLlada(output),
    ["cache-llada2"] = output => CacheBenchmark.RunLlada2(output),
    ["matrix"] = output => MatrixBenchmark.Run(output, args[1..]),
    ["batch"] = output => BatchBenchmark.Run(output),
    ["quickstart"] = output => QuickstartBenchmark.Run(
        output, args.ElementAtOrDefault(1) ?? "data/quickstart/heldout.jsonl", args.ElementAtOrDefault(2) ?? "src/Dllm.Cli/Quickstart/Chat"),
    ["policies"] = output => PolicyBenchmark.Run(output, args.ElementAtOrDefault(1) ?? "src/Dllm.Cli/Quickstart/Chat"),
    ["evaluation"] = output => EvaluationBenchmark.Run(output, args.ElementAtOrDefault(1) ?? "src/Dllm.Cli/Quickstart/Chat"),
    ["mixture"] = output => MixtureBenchmark.Run(output),
    ["step"] = output => StepBenchmark.Run(
        output, args.ElementAtOrDefault(1) ?? "src/Dllm.Cli/Quickstart/Chat", args.ElementAtOrDefault(2) ?? "f32,bf16"),
    ["load"] = output => LoadBenchmark.Run(output, folder: args.ElementAtOrDefault(1)),
};
if (args is not [var name, ..] || (name != "all" && !benchmarks.ContainsKey(name)))
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project bench/Dllm.Benchmarks -- all|{string.Join('|', benchmarks.Keys)} [FOLDER (load, policies, evaluation) or HELDOUT.jsonl (quickstart)] [CELLS (matrix)]");
    return 2;
}

NativeRuntime.Load();
foreach (var (key, run) in benchmarks)
    if (name == "all" || key == name) run(Console.Out);
return 0;
