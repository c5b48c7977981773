using System.Text;
using Dllm.Tokenization;
using Parquet.Schema;
using Parquet.Serialization;

namespace Dllm.Fuzz.Targets;

/// <summary>Sound inputs: small ones written here, and files of the repository.</summary>
internal static class Seeds
{
    /// <summary>The repository: what lies above the folder this was built in.</summary>
    private static readonly string Root = FindRoot();

    /// <summary>The bundled chat model's folder.</summary>
    public static readonly string Chat = Path.Combine(Root, "src", "Dllm.Cli", "Quickstart", "Chat");

    public static IReadOnlyList<byte[]> Tokenizers { get; } =
    [
        Bytes(TokenizerOf("""{"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "b": 2, "hello": 3, "world": 4}, "unk_token": "[UNK]"}""")),
        File.ReadAllBytes(Path.Combine(Chat, "tokenizer.json")),
        Bytes(TokenizerOf(
            """{"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "aa": 5, "▁": 6, "▁a": 7}, "merges": ["a b", "ab c", ["a", "a"], "▁ a"], "byte_fallback": true}""",
            """ "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}, "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},""")),
        Bytes(TokenizerOf(
            """{"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġa": 4}, "merges": ["a b", "Ġ a"], "ignore_merges": true}""",
            """ "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}|[^\\r\\n\\p{L}]?\\p{L}+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"a": {"id": "a", "ids": [0], "tokens": ["a"]}}}, "decoder": {"type": "ByteLevel"},""")),
        Bytes(TokenizerOf(
            """{"type": "Unigram", "vocab": [["<unk>", 0], ["a", -1], ["aa", -1.5], ["▁b", -2], ["<0x0A>", -3]], "unk_id": 0, "byte_fallback": true}""",
            """ "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "Lowercase"}, {"type": "StripAccents"}]}, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}, "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"},""")),
    ];

    public static IReadOnlyList<byte[]> TokenizerConfigs { get; } =
    [
        Bytes("""{"bos_token": "a", "eos_token": {"content": "b", "special": true}, "pad_token": "[UNK]", "mask_token": "[M]", "model_max_length": 512, "clean_up_tokenization_spaces": false, "chat_template": [{"name": "default", "template": "{{ messages[0].content }}"}], "added_tokens_decoder": {"7": {"content": "[M]", "lstrip": true, "special": true}}, "additional_special_tokens": ["<x>"], "add_bos_token": true}"""),
        File.ReadAllBytes(Path.Combine(Chat, "tokenizer_config.json")),
        File.ReadAllBytes(Path.Combine(Chat, "special_tokens_map.json")),
    ];

    /// <summary>The bundled chat model's.</summary>
    public static Tokenizer Tokenizer { get; } = Tokenizer.FromDirectory(Chat);

    public static IReadOnlyList<string> Templates { get; } =
    [
        .. ChatTemplates.Names.Select(ChatTemplates.Source),
        "{% for m in messages %}{% if loop.first %}{{ bos_token }}{% endif %}<|im_start|>{{ m['role'] }}\n{% generation %}{{ m.content.split('</think>')[-1].lstrip('\\n') }}{% endgeneration %}<|im_end|>\n{% endfor %}",
        "{%- macro tool(t) %}{{ t | tojson(indent=2) }}{% endmacro -%}{% set ns = namespace(i=0) %}{% for m in messages[::-1] %}{% set ns.i = ns.i + 1 %}{{ tool(tools) }}{{ '%s: %5.2f' % (m.role, ns.i) }}{% endfor %}",
    ];

    public static IReadOnlyList<string> Prompts { get; } =
    [
        "Question: {{question}}\nAnswer:", "{{choices|join(', ')}} {{ choices[answer] }}", "{{question|regex_replace('(\\w+)', '<\\1>')}}{% if x > 2 %}{{ x|round(1) }}{% endif %}",
    ];

    public static IReadOnlyList<string> Messages { get; } =
    [
        """[{"role": "user", "content": "hi"}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"a": 1}}}]}, {"role": "tool", "content": [{"type": "text", "text": "x"}]}]""",
        """[{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]""",
    ];

    public static IReadOnlyList<byte[]> Configs { get; } =
    [
        File.ReadAllBytes(Path.Combine(Chat, "config.json")),
        .. Directory.GetFiles(Path.Combine(Root, "tests", "golden", "models"), "config.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(40).Select(File.ReadAllBytes),
    ];

    public static IReadOnlyList<byte[]> Generation { get; } =
    [
        Bytes("""{"bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": 0, "do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "max_new_tokens": 2048, "transformers_version": "4.50.0"}"""),
        File.ReadAllBytes(Path.Combine(Chat, "generation_config.json")),
    ];

    public static IReadOnlyList<byte[]> Safetensors { get; } =
    [
        SafetensorsOf("""{"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]}, "__metadata__": {"format": "pt"}}""", 32),
        SafetensorsOf("""{"w": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]}}""", 8),
    ];

    public static IReadOnlyList<byte[]> Indices { get; } = [Bytes("""{"metadata": {"total_size": 32}, "weight_map": {"a": "a.safetensors", "b": "a.safetensors"}}""")];

    public static IReadOnlyList<byte[]> Listings { get; } =
    [
        Bytes("""{"id": "o/n", "sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "config.json", "size": 10, "blobId": "0123456789abcdef0123456789abcdef01234567"}, {"rfilename": "a/model.safetensors", "size": 100, "lfs": {"size": 100, "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}]}"""),
    ];

    public static IReadOnlyList<string> References { get; } =
        ["owner/name", "owner/name@main", "https://huggingface.co/owner/name/tree/v1", "https://huggingface.co/datasets/owner/name", "./folder", "http://[::1]:80/a/b"];

    public static IReadOnlyList<byte[]> Recipes { get; } =
    [
        Bytes("learning-rate: 1e-4\nmax_steps: 100\nlist: [a, b]\nnothing:\ntext: >\n  folded\n  lines\nquoted: \"a\\n\"\n"),
        .. Directory.GetFiles(Path.Combine(Root, "recipes"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(10).Select(File.ReadAllBytes),
    ];

    public static IReadOnlyList<byte[]> Tasks { get; } =
    [
        Bytes("task: fuzzed\ndataset_path: a/b\noutput_type: multiple_choice\ntest_split: test\ndoc_to_text: \"{{question}}\"\ndoc_to_choice: [A, B]\ndoc_to_target: answer\nnum_fewshot: 0\nmetric_list:\n  - metric: acc\n    aggregation: mean\n    higher_is_better: true\n"),
        .. Directory.GetFiles(Path.Combine(Root, "src", "Dllm", "Evaluation", "Library"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
    ];

    public static IReadOnlyList<byte[]> JsonLines { get; } =
    [
        Bytes(string.Join('\n', Messages.Select(messages => $"{{\"messages\": {messages}, \"tools\": null}}")) + "\n"),
        Bytes("{\"instruction\": \"a\", \"input\": \"\", \"output\": \"b\", \"history\": [[\"c\", \"d\"]]}\n{\"text\": \"e\\ud83d\\ude00\", \"n\": 1.5e3}\n\n"),
    ];

    public static IReadOnlyList<byte[]> JsonRows { get; } = [Bytes("""[{"text": "a", "n": [1, null, {"b": true}]}, {"text": "c"}]"""), Bytes("""{"data": [{"prompt": "a", "completion": "b"}]}""")];

    public static IReadOnlyList<byte[]> Csv { get; } = [Bytes("text,label\r\n\"a, \"\"b\"\"\n c\",1\r\nd,\r\n"), Bytes("prompt\tcompletion\na\tb\n")];

    public static IReadOnlyList<byte[]> Paragraphs { get; } = [Bytes("One.\nStill one.\n\n\nTwo, é 漢 😀.\r\n\r\nThree")];

    public static IReadOnlyList<byte[]> Parquet { get; } = [ParquetOf(), ParquetOf(new ListField("messages", new StructField("element", new DataField<string>("role"), new DataField<string>("content"))))];

    public static IReadOnlyList<string> Specs { get; } = ["a.jsonl[train:100,test:10]", "owner/name", "a.json+b.parquet[train:5]", "name[x:1,y:z]|c.csv", "bert(a=1)"];

    public static IReadOnlyList<string> Answers { get; } =
    [
        "The answer is $\\boxed{\\frac{1}{2}}$.", "\\[x = \\sqrt{2} \\pm 3\\pi\\]", "$(1, 2) \\cup [3, \\infty)$", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "1,234.50", "Final Answer: The final answer is $x^2-2x+1$. I hope it is correct.",
        "$2^{10} \\cdot 3!$", "\\text{Monday} \\text{ or } 5\\%", "$-\\frac{\\sqrt{3}}{2} \\left(x+y\\right)^{3}$",
    ];

    public static IReadOnlyList<string> Patterns { get; } = ["(?i)the answer is \\(?([A-D])\\)?", "(-?[$0-9.,]{2,})|(-?[0-9]+)", "(?P<a>\\w+)(?P=a)?", "####\\s*(.*?)$"];

    public static IReadOnlyList<string> Literals { get; } = ["{'a': [1, 2.5, None, True], \"b\": ('x', 'y\\n')}", "[1, 'it''s', -3]", "{\"a\": NaN, \"b\": [1e5]}"];

    public static IReadOnlyList<string> Samples { get; } = ["""{"doc_id": 3, "filter": "none", "metrics": ["acc", "f1"], "acc": 1.0, "f1": [2, 3], "doc": {"q": "x"}, "target": "A", "resps": [["B"]]}"""];

    public static IReadOnlyList<byte[]> Results { get; } = [Bytes("""{"results": {"t": {"acc,none": 0.5, "alias": "t"}}, "configs": {"t": {"task": "t"}}, "versions": {"t": 1}, "config": {"seed": 1}, "n-shot": {"t": 0}, "n-samples": {"t": {"original": 2, "effective": 2}}, "task_hashes": {"t": "a"}, "dllm": {"command": ["eval"], "shard": "1/1", "model_sha256": "a", "data_sha256": {}, "documents_of_all_shards": {"t": 2}}}""")];

    public static IReadOnlyList<byte[]> Cache { get; } = [Bytes("{\"key\": \"aa\", \"text\": \"x\"}\n{\"key\": \"bb\", \"logprob\": -1.5, \"greedy\": true}\n{\"key\": \"c")];

    public static IReadOnlyList<byte[]> Maps { get; } = [Bytes("data:\n  - {dataset: a/b, split: test, file: c.jsonl}\n  - dataset: d\n    name: e\n    split: train\n    file: f.parquet\n")];

    public static IReadOnlyList<byte[]> States { get; } = [Bytes("""{"step": 5, "epoch": 0.5, "best_metric": null, "best_step": null, "total_loss": 12.5, "window_loss": 1, "window_steps": 2, "run": {"seed": "1"}, "interrupted": false}""")];

    public static IReadOnlyList<string> Documents { get; } = ["""{"question": "2+2?", "choices": ["3", "4"], "answer": 1, "target": ["4", 4, null, {"a": 1e400}]}"""];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string TokenizerOf(string model, string components = "") =>
        $$"""{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": true, "normalized": false, "special": true}, {"id": 9, "content": "<s>", "normalized": true}], {{components}} "model": {{model}}}""";

    private static byte[] SafetensorsOf(string header, int data) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)), .. Bytes(header), .. new byte[data]];

    private static byte[] ParquetOf(params Field[] more)
    {
        var schema = new ParquetSchema([new DataField<string>("text"), new DataField<int?>("n"), .. more]);
        Dictionary<string, object?>[] rows =
        [
            new() { ["text"] = "hello", ["n"] = 7, ["messages"] = new[] { Said("user", "q"), Said("assistant", "a") } },
            new() { ["text"] = null, ["n"] = null, ["messages"] = new[] { Said("user", "x") } },
        ];
        using var stream = new MemoryStream();
        ParquetSerializer.SerializeUntypedAsync(rows, schema, stream).GetAwaiter().GetResult();
        return stream.ToArray();

        static Dictionary<string, object?> Said(string role, string content) => new() { ["role"] = role, ["content"] = content };
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Dllm.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no clone of the repository, whose files are the seeds");
    }
}
