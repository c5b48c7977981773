using System.Text.Json;
using Dllm.Evaluation;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>Cases of kind <c>encode_pair</c> and <c>eval_generate_until</c>: how evaluation cuts text into tokens and answers to their end.</summary>
internal sealed class EvalTextVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds { get; } = ["encode_pair", "eval_generate_until"];

    public IEnumerable<CheckResult> Verify(VerificationCase c) => c.Kind == "encode_pair" ? Pairs(c) : Answers(c.Json);

    private static IEnumerable<CheckResult> Pairs(VerificationCase c)
    {
        var tokenizers = new Dictionary<string, Tokenizer>();
        Tokenizer Open(string name) => tokenizers.TryGetValue(name, out var known)
            ? known
            : tokenizers[name] = Tokenizer.FromDirectory(TokenizerFolder(c, name));

        foreach (var (i, item) in c.Json.Items("mdlm"))
        {
            var tokenizer = Open(item.Text("tokenizer"));
            var (context, continuation) = (item.Text("context"), item.Text("continuation"));
            foreach (var check in Compare($"mdlm[{i}]", item, EncodedPair.EncodeAsOriginal(tokenizer, context, continuation))) yield return check;
            var ours = EncodedPair.Encode(tokenizer, context, continuation); // nothing is lost, whatever closes the text
            int[] whole = tokenizer.Encode(context + continuation);
            yield return CheckResult.EqualSequence(
                $"mdlm[{i}].rejoined", whole[..Math.Min(whole.Length, ours.Context.Length + ours.Continuation.Length)], [.. ours.Context, .. ours.Continuation]);
        }

        foreach (var (i, item) in c.Json.Items("dream"))
        {
            var pair = EncodedPair.EncodeForDream(
                Open(item.Text("tokenizer")), item.Text("context"), item.Text("continuation"),
                item.Bool("add_bos_token") ? item.Text("bos_token") : "", item.Int("eos_token_id"), item.Int("max_length"));
            foreach (var check in Compare($"dream[{i}]", item, pair)) yield return check;
        }

        foreach (var (i, item) in c.Json.Items("parse_token_list"))
        {
            var value = item.GetProperty("value");
            IReadOnlyList<int> actual = value.ValueKind switch
            {
                JsonValueKind.String => TokenIdText.Parse(value.GetString()!),
                JsonValueKind.Array => value.Ints(),
                _ => [],
            };
            yield return CheckResult.EqualSequence($"parse_token_list[{i}]", item.GetProperty("expected").Ints(), actual);
        }
    }

    private static IEnumerable<CheckResult> Compare(string name, JsonElement item, EncodedPair pair) =>
    [
        CheckResult.EqualSequence($"{name}.context", item.GetProperty("context_ids").Ints(), pair.Context),
        CheckResult.EqualSequence($"{name}.continuation", item.GetProperty("continuation_ids").Ints(), pair.Continuation),
    ];

    private static IEnumerable<CheckResult> Answers(JsonElement json)
    {
        string end = json.Text("eos_token");
        var texts = json.GetProperty("sampled_text").Texts();
        string[][] until = [.. json.GetProperty("until").EnumerateArray().Select(list => list.Texts())];
        string[] actual = [.. texts.Select((text, i) => AnswerText.Cut(text, end, until[i]))];
        foreach (var expected in json.GetProperty("expected_by_batch_size").EnumerateObject())
            yield return CheckResult.EqualSequence($"batch {expected.Name}", expected.Value.Texts(), actual);
    }

    // The folder of a tokenizer case beside the evaluation's: data/tokenizers/NAME under a folder above.
    private static string TokenizerFolder(VerificationCase c, string name)
    {
        for (string? folder = c.Directory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, "data", "tokenizers", name);
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new CaseSkippedException($"the tokenizer {name} is in no folder data/tokenizers above the case");
    }
}
