using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

public sealed class TrainingCommandTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    private const string Talk =
        """{"messages": [{"role": "user", "content": "where is anna ?"}, {"role": "assistant", "content": "anna is in the garden ."}]}""" + "\n";

    [Fact]
    public void Sft_leaves_a_checkpoint_metrics_and_the_curve()
    {
        var run = Sft("out", "--dataset", Conversations(12) + "[train:8,test:4]", "--max-steps", "4", "--logging-steps", "2");
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        foreach (string file in (string[])["config.json", "model.safetensors", "tokenizer.json", "metrics.jsonl", "loss.png", "recipe.yaml", "run.json"])
            Assert.True(File.Exists(Path.Combine(tiny.At("out"), file)), file);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(tiny.At("out"), "tensorboard")));
        Assert.Contains("training: 8 of 8 rows", run.Output, StringComparison.Ordinal);
        Assert.Contains("step 2/4: loss ", run.Output, StringComparison.Ordinal);
        Assert.Contains("eval_ppl ", run.Output, StringComparison.Ordinal);
        Assert.Contains($"next: dllm chat --model {tiny.At("out")}", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, CliRun.Of("sample", "hello", "--model", tiny.At("out"), "--max-new-tokens", "3").ExitCode);
    }

    [Fact]
    public void Interrupted_and_resumed_is_the_same_as_in_one_go()
    {
        string[] options = ["--dataset", Conversations(12), "--max-steps", "6", "--logging-steps", "1"];
        var whole = Sft("whole", [.. options, "--resume"]);
        Assert.Equal(0, whole.ExitCode);
        Assert.Contains($"no checkpoint to resume in {tiny.At("whole")}: starting from the beginning\n", whole.Output, StringComparison.Ordinal);

        using var interruption = new Interruption();
        var output = new WriterThatCancels("step 3/", interruption);
        var cut = CliRun.With(interruption, "", output, Arguments("parts", options));
        Assert.Equal(130, cut.ExitCode);
        Assert.True(File.Exists(Path.Combine(tiny.At("parts"), "loss.png")));
        var sampled = CliRun.Of("sample", "hello", "--model", tiny.At("parts"), "--max-new-tokens", "3");
        Assert.Equal(0, sampled.ExitCode);
        Assert.Contains($"taking its newest checkpoint, {Path.Combine(tiny.At("parts"), "checkpoint-3")}", sampled.Error, StringComparison.Ordinal);
        Assert.Contains("--resume", cut.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tiny.At("parts"), "model.safetensors")));

        Assert.DoesNotContain("checkpoint to resume", cut.Output, StringComparison.Ordinal);
        var resumed = Sft("parts", [.. options, "--resume"]);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("resuming after step ", resumed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint to resume", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(Weights("whole"), Weights("parts"));
        Assert.Equal(Lines("whole"), Lines("parts"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_does_not()
    {
        string[] options = ["--dataset", Conversations(12), "--max-steps", "2", "--save-strategy", "no"];
        Sft("seed-1", [.. options, "--seed", "1"]);
        Sft("seed-1b", [.. options, "--seed", "1"]);
        Sft("seed-2", [.. options, "--seed", "2"]);
        Assert.Equal(Weights("seed-1"), Weights("seed-1b"));
        Assert.NotEqual(Weights("seed-1"), Weights("seed-2"));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void Pretrain_begins_with_random_weights_and_text(string packing)
    {
        string text = tiny.Write("text.txt", string.Concat(Enumerable.Repeat("anna is in the garden .\nben is in the kitchen .\n", 20)));
        string output = tiny.At("pretrained-" + packing);
        var run = CliRun.Of(
            "pretrain", "--config", tiny.ConfigFile, "--tokenizer", tiny.Model, "--dataset", text, "--max-length", "16", "--max-steps", "3",
            "--per-device-train-batch-size", "2", "--packing", packing, "--output-dir", output);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(0, CliRun.Of("infill", "anna is in the [MASK] .", "--model", output).ExitCode);
    }

    [Fact]
    public void A_runs_recipe_makes_it_again()
    {
        var first = Sft("first", "--dataset", Conversations(12) + "[train:8,test:4]", "--max-steps", "2", "--logging-steps", "1", "--lr-scheduler-type", "linear");
        Assert.Equal(0, first.ExitCode);
        string recipe = Path.Combine(tiny.At("first"), "recipe.yaml");
        CliRun.Of("sft", "--recipe", recipe, "--output-dir", tiny.At("first")).ShouldBeMistake("--resume", "--output-dir", "--overwrite-output-dir");
        var again = CliRun.Of("sft", "--recipe", recipe, "--output-dir", tiny.At("again"));
        Assert.Equal("", again.Error);
        Assert.Equal(Lines("first"), Lines("again"));
        Assert.Equal(Weights("first"), Weights("again"));
        Assert.Equal(File.ReadLines(recipe).Skip(3), File.ReadLines(Path.Combine(tiny.At("again"), "recipe.yaml")).Skip(3));

        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(tiny.At("first"), "run.json")))!;
        Assert.Equal(("finished", 2), ((string)record["state"]!, (int)record["step"]!));
        var process = Assert.Single(record["processes"]!.AsArray())!;
        Assert.Equal(["dllm", "sft"], process["command"]!.AsArray().Select(word => (string)word!).Take(2));
        Assert.Equal(42, (int)process["seed"]!);
        Assert.Contains(".NET", (string)process["environment"]![".NET"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_of_the_users_own_stays()
    {
        string own = tiny.At("own");
        Directory.CreateDirectory(own);
        string recipe = Path.Combine(own, "recipe.yaml");
        File.WriteAllText(recipe, "# mine\nmax-steps: 1\n");
        Assert.Equal(0, Sft("own", "--recipe", recipe, "--dataset", Conversations(4)).ExitCode);
        Assert.StartsWith("# mine", File.ReadAllText(recipe), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_and_evaluation_are_told_apart()
    {
        var run = Sft("apart", "--dataset", Conversations(12) + "[train:8,test:4]", "--max-steps", "4", "--logging-steps", "2", "--eval-steps", "2");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("evaluation after step 2/4: eval_loss ", run.Output, StringComparison.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(tiny.At("apart"), "metrics.jsonl")))
        {
            var names = JsonNode.Parse(line)!.AsObject().Select(value => value.Key).Except(["step", "epoch", "time"]);
            Assert.Single(names.Select(name => name.StartsWith("eval_", StringComparison.Ordinal)).Distinct());
        }

        Assert.Contains("evaluation loss by step: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_command_leaves_no_folder()
    {
        Sft(Path.Combine("none", "at", "all"), "--dataset", "/no/such/data.jsonl").ShouldBeMistake("/no/such/data.jsonl");
        Sft(Path.Combine("none", "at", "all"), "--dataset", tiny.Write("none.jsonl", "")).ShouldBeMistake("empty");
        Assert.False(Directory.Exists(tiny.At("none")));
    }

    [Fact]
    public void A_folder_in_use_is_refused_at_once()
    {
        using (FolderLock.Take(tiny.At("busy")))
        {
            string[] options = ["--dataset", "/no/such/data.jsonl"];
            Sft("busy", options).ShouldBeMistake(tiny.At("busy"), $"in use by process {Environment.ProcessId}, since ", "--output-dir");
            Sft("busy", [.. options, "--resume"]).ShouldBeMistake("in use by process");
        }

        Assert.Equal(0, Sft("busy", "--dataset", Conversations(4), "--max-steps", "1").ExitCode);
    }

    [Fact]
    public void A_tokenizer_is_trained_on_text()
    {
        string text = tiny.Write("for-tokens.txt", string.Concat(Enumerable.Repeat("anna is in the garden .\n", 30)));
        var run = CliRun.Of("tokenizer", "train", "--dataset", text, "--vocab-size", "280", "--output-dir", tiny.At("bpe"));
        Assert.Equal("", run.Error);
        Assert.Contains("a tokenizer of 2", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(tiny.At("bpe"), "tokenizer.json")));
        CliRun.Of("tokenizer", "train", "--dataset", text).ShouldBeMistake("--output-dir");
    }

    [Fact]
    public void A_recipe_gives_options_and_the_command_line_wins()
    {
        string recipe = tiny.Write("sft.yaml", $"model: {tiny.Model}\nmax-steps: 50\nlearning_rate: 1e-3\nmax-length: 32\nsave-strategy: no\n");
        var run = CliRun.Of(
            "sft", "--recipe", recipe, "--dataset", Conversations(4), "--max-steps", "2", "--output-dir", tiny.At("by-recipe"));
        Assert.Equal("", run.Error);
        Assert.Contains("2 steps in ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_recipes_hold_known_options_only()
    {
        string root = Repository();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "recipes", "modernbert"), "*.yaml"))
        {
            // The path that does not exist is the mistake: whatever the recipe says is accepted before.
            string verb = Path.GetFileNameWithoutExtension(file);
            string[] rest = verb == "sample" ? ["hello", "--model", "/no/such/thing"] : ["--model", "/no/such/thing", "--dataset", "/no/such/thing"];
            CliRun.Of([verb, "--recipe", file, .. rest]).ShouldBeMistake("/no/such/thing");
        }
    }

    [Fact]
    public void An_empty_data_set_is_a_mistake() => Sft("x", "--dataset", tiny.Write("empty.jsonl", "")).ShouldBeMistake("the training data set is empty");

    [Fact]
    public void Conversations_without_answers_are_a_mistake_with_a_count() =>
        Sft("x", "--dataset", tiny.Write("mute.jsonl", """{"messages": [{"role": "user", "content": "hello"}]}"""))
            .ShouldBeMistake("nothing is left", "1 without an answer");

    [Fact]
    public void A_data_set_that_does_not_exist_is_a_mistake() => Sft("x", "--dataset", "/no/such/data.jsonl").ShouldBeMistake("/no/such/data.jsonl");

    [Fact]
    public void A_malformed_specification_is_a_mistake() => Sft("x", "--dataset", "a[train:5").ShouldBeMistake("a bracket is not closed");

    [Fact]
    public void A_malformed_line_is_a_mistake() => Sft("x", "--dataset", tiny.Write("bad.jsonl", "{ no json")).ShouldBeMistake("bad.jsonl");

    [Fact]
    public void No_data_set_is_a_mistake() => Sft("x").ShouldBeMistake("--dataset");

    [Fact]
    public void Nothing_to_train_is_a_mistake() => CliRun.Of("sft", "--dataset", Conversations(2)).ShouldBeMistake("--model DIR", "--config");

    [Theory]
    [InlineData("--max-steps", "0")]
    [InlineData("--num-train-epochs", "0")]
    [InlineData("--per-device-eval-batch-size", "0")]
    [InlineData("--warmup-ratio", "1.5")]
    [InlineData("--lr-scheduler-type", "zigzag")]
    [InlineData("--time-epsilon", "0")]
    [InlineData("--truncation", "left")]
    [InlineData("--dtype", "float16")]
    public void A_training_option_out_of_range_is_a_mistake(string option, string value) =>
        Sft("x", "--dataset", Conversations(2), option, value).ShouldBeMistake(value);

    [Fact]
    public void Rows_longer_than_the_context_are_a_mistake() =>
        CliRun.Of("sft", "--model", tiny.Model, "--dataset", Conversations(2), "--max-length", "65").ShouldBeMistake("65", "at most 64");

    [Fact]
    public void A_tokenizer_with_more_tokens_than_the_model_is_a_mistake() =>
        Sft("x", "--dataset", Conversations(2), "--tokenizer", tiny.TokenizerWithMoreWords()).ShouldBeMistake("vocab_size is 31", "32 tokens");

    [Fact]
    public void An_output_folder_that_is_a_file_is_a_mistake() =>
        CliRun.Of(
            "sft", "--model", tiny.Model, "--dataset", Conversations(2), "--max-length", "32", "--max-steps", "1", "--output-dir",
            tiny.Write("file", "")).ShouldBeMistake("file");

    private CliRun Sft(string output, params string[] more) => CliRun.Of(Arguments(output, more));

    private string[] Arguments(string output, string[] more) =>
    [
        "sft", "--model", tiny.Model, "--output-dir", tiny.At(output), "--max-length", "32", "--per-device-train-batch-size", "4",
        "--learning-rate", "1e-3", .. more,
    ];

    private string Conversations(int count) => tiny.Write($"talks-{count}.jsonl", string.Concat(Enumerable.Repeat(Talk, count)));

    private byte[] Weights(string output) => File.ReadAllBytes(Path.Combine(tiny.At(output), "model.safetensors"));

    private string[] Lines(string output) =>
        [.. File.ReadLines(Path.Combine(tiny.At(output), "metrics.jsonl")).Where(line => line.Contains("\"loss\"")).Select(line => line.Split("\"loss\"")[1])];

    /// <summary>Presses Ctrl-C when a text is written.</summary>
    private sealed class WriterThatCancels(string text, Interruption interruption) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true) interruption.Cancel();
        }
    }

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Dllm.slnx"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("the tests do not run below the repository");
    }
}
