using System.Text.Json;
using Dllm.Data;
using Dllm.Diffusion;
using TorchSharp;

namespace Dllm.Verification;

/// <summary>Batch collators, alone and stacked.</summary>
internal sealed class CollatorVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["collators"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c) => c.Json.Items("items").SelectMany(i =>
    {
        var name = $"items[{i.Index}]:{i.Item.Text("collator")}";
        return i.Item.Text("collator") switch
        {
            "pad_1d" => Padded(name, i.Item),
            "editflow" => EditFlow(name, i.Item),
            _ => Collated(name, i.Item),
        };
    });

    private static IEnumerable<CheckResult> Collated(string name, JsonElement item)
    {
        using var generator = new torch.Generator(item.Optional("torch_seed")?.GetUInt64() ?? 0);
        var samples = Samples(item);
        if (item.Optional("error") is not null)
        {
            return [CaseJson.Refuses(name, () => Collator(item.Text("collator"), item).Collate(samples, generator).Dispose())];
        }

        using var batch = Collator(item.Text("collator"), item).Collate(samples, generator);
        var expected = item.GetProperty("expected");
        var checks = new List<CheckResult>
        {
            Rows($"{name}.input_ids", expected.GetProperty("input_ids"), batch.Ids),
            Rows($"{name}.labels", expected.GetProperty("labels"), batch.Labels),
            CheckResult.Equal($"{name}.has_mask", expected.Optional("attention_mask") is not null, batch.AttentionMask is not null),
        };
        if (expected.Optional("attention_mask") is { } mask && batch.AttentionMask is { } actual)
        {
            checks.Add(Rows($"{name}.attention_mask", mask, actual));
        }

        if (item.Optional("expected_next_rand") is { } next)
        {
            checks.Add(CheckResult.Close($"{name}.next_rand", next.GetDouble(), torch.rand(1, generator: generator).item<float>(), 1e-7));
        }

        return checks;
    }

    /// <summary>Builds the collator that a nested name such as <c>no_attention_mask(pad)</c> describes.</summary>
    private static ICollator Collator(string name, JsonElement item)
    {
        var open = name.IndexOf('(');
        var inner = open < 0 ? null : Collator(name[(open + 1)..^1], item);
        return (open < 0 ? name : name[..open]) switch
        {
            "pad" => Pad(item),
            "no_attention_mask" => new NoAttentionMaskCollator(inner!),
            "prepend_bos" => new PrependBosCollator(inner!, item.OptionalInt("bos_token_id")),
            "prepend_bos_function" => new PrependBosFunction(Pad(item), item.Int("bos_token_id")),
            "append_eos_block" => new EndBlockCollator(inner!, item.Int("eos_token_id"), item.Int("block_size")),
            "random_truncate" => new RandomTruncationCollator(inner!, item.GetProperty("random_length_ratio").GetDouble()),
            "dream_sft" => new ResponseCutCollator(Pad(item))
            {
                CutToOneResponse = item.Bool("perbatch_cutoff"),
                CutRatio = item.GetProperty("resp_cutoff_ratio").GetDouble(),
                ReferenceRandom = new NumpyMersenneTwister(item.GetProperty("numpy_seed").GetUInt32()),
            },
            var unknown => throw new CaseSkippedException($"collator {unknown} is not supported"),
        };
    }

    private static PadCollator Pad(JsonElement item)
        => new(item.OptionalInt("pad_token_id") ?? 0, item.OptionalInt("label_pad_token_id") ?? TokenizedSample.IgnoredLabel);

    private static TokenizedSample[] Samples(JsonElement item) => [.. item.GetProperty("features").EnumerateArray().Select(f =>
        new TokenizedSample(f.GetProperty("input_ids").Ints(), f.GetProperty("labels").Ints(), f.OptionalInt("prompt_len")))];

    private static CheckResult Rows(string name, JsonElement expected, torch.Tensor actual)
    {
        var rows = expected.IntRows();
        var columns = rows.Length == 0 ? 0 : rows[0].Length;
        return actual.shape.SequenceEqual([rows.Length, columns])
            ? CheckResult.EqualSequence(name, rows.SelectMany(r => r).Select(n => (long)n).ToArray(), actual.data<long>().ToArray())
            : CheckResult.Exact(name, false, $"expected shape [{rows.Length}, {columns}], got [{string.Join(", ", actual.shape)}]");
    }

    private static IEnumerable<CheckResult> Padded(string name, JsonElement item)
    {
        var rows = item.GetProperty("lists").IntRows();
        using var padded = PaddedRows.Right(rows, item.Int("pad_val"));
        using var mask = PaddedRows.Mask(rows);
        var expected = item.GetProperty("expected");
        return expected.Optional("out") is { } values
            ? [Rows($"{name}.out", values, padded), Rows($"{name}.mask", expected.GetProperty("mask"), mask)]
            :
            [
                Shape($"{name}.out_shape", expected.GetProperty("out_shape"), padded),
                Shape($"{name}.mask_shape", expected.GetProperty("mask_shape"), mask),
            ];

        static CheckResult Shape(string name, JsonElement expected, torch.Tensor actual)
            => CheckResult.EqualSequence(name, expected.Ints(), Array.ConvertAll(actual.shape, n => (int)n));
    }

    private static IEnumerable<CheckResult> EditFlow(string name, JsonElement item)
    {
        IReadOnlyList<EditFlowPair> Pair() => new EditFlowPairing(
            EditFlowSource.Parse(item.Text("x0_sampler"), item.OptionalInt("mask_token_id")), item.OptionalInt("bos_token_id"))
            .Pair(Samples(item));

        if (item.Optional("error") is not null)
        {
            return [CaseJson.Refuses(name, () => Pair())];
        }

        var result = item.GetProperty("result");
        return Pair().Zip(result.GetProperty("x0_ids").IntRows(), result.GetProperty("x1_ids").IntRows()).SelectMany((p, i) => new[]
        {
            CheckResult.EqualSequence($"{name}.x0[{i}]", p.Second, p.First.Source),
            CheckResult.EqualSequence($"{name}.x1[{i}]", p.Third, p.First.Target),
        });
    }

    /// <summary>The function that trainers call, dressed as a collator.</summary>
    private sealed class PrependBosFunction(ICollator inner, int bosId) : ICollator
    {
        public Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise)
        {
            using var batch = inner.Collate(samples, noise);
            return PrependBosCollator.Prepend(batch, bosId);
        }
    }
}
