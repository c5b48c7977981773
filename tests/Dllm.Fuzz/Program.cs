using System.Globalization;
using Dllm.Fuzz;

// Feeds damaged and made-up input to every reader of the library. See docs/fuzzing.md.
var options = FuzzOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}

if (options.Worker is { } name)
    return Worker.Run(options, FuzzTargets.Find(name)!);
if (options.Replay is { } input)
    return Replay.Run(options, input);
return new Campaign(options).Run();

namespace Dllm.Fuzz
{
    /// <summary>What was asked for.</summary>
    /// <param name="Inputs">Inputs over all readers; their number alone decides what is tried.</param>
    /// <param name="Seconds">Time after which no new inputs are begun; null: all of them.</param>
    /// <param name="Seed">Of the inputs.</param>
    /// <param name="Only">One reader's name; null: all.</param>
    /// <param name="Findings">Where inputs go that broke a reader.</param>
    /// <param name="Limit">Seconds that one input may take.</param>
    /// <param name="Megabytes">Managed memory that one input may take.</param>
    internal sealed record FuzzOptions(int Inputs, double? Seconds, ulong Seed, string? Only, string Findings, double Limit, int Megabytes)
    {
        public const string Usage = """
            usage: Dllm.Fuzz [--inputs N] [--seconds S] [--seed N] [--only READER] [--findings FOLDER] [--limit SECONDS] [--megabytes N]
                   Dllm.Fuzz --replay FILE|READER-SEED-INDEX      reads a finding or an input again, in this process, and keeps the input
            """;

        /// <summary>The reader that this process works on, where it is a worker.</summary>
        public string? Worker { get; init; }

        /// <summary>The worker's first input and the one after its last.</summary>
        public (int First, int End) Range { get; init; }

        /// <summary>Where a worker tells the input that it works on.</summary>
        public string Progress { get; init; } = "";

        public string? Replay { get; init; }

        public static FuzzOptions? Parse(string[] args)
        {
            var options = new FuzzOptions(28_000, null, 1, null, Path.Combine(Path.GetTempPath(), "dllm-findings"), 30, 1500);
            for (var i = 0; i < args.Length; i += 2)
            {
                if (i + 1 == args.Length || Set(options, args[i], args[i + 1]) is not { } next)
                    return null;
                options = next;
            }

            return options;
        }

        private static FuzzOptions? Set(FuzzOptions options, string name, string value) => name switch
        {
            "--only" => FuzzTargets.Find(value) is null ? null : options with { Only = value },
            "--worker" => options with { Worker = value },
            "--findings" => options with { Findings = value },
            "--progress" => options with { Progress = value },
            "--replay" => FuzzTargets.Find(Path.GetFileName(value).Split('-')[0]) is null ? null : options with { Replay = value },
            _ => double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 0 ? Set(options, name, number) : null,
        };

        private static FuzzOptions? Set(FuzzOptions options, string name, double number) => name switch
        {
            "--inputs" => options with { Inputs = (int)number },
            "--seconds" => options with { Seconds = number, Inputs = int.MaxValue },
            "--seed" => options with { Seed = (ulong)number },
            "--limit" => options with { Limit = number },
            "--megabytes" => options with { Megabytes = (int)number },
            "--first" => options with { Range = ((int)number, options.Range.End) },
            "--end" => options with { Range = (options.Range.First, (int)number) },
            _ => null,
        };
    }
}
