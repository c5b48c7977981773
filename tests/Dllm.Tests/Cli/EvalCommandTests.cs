using System.Text.Json.Nodes;

namespace Dllm.Tests.Cli;

/// <summary><c>dllm eval</c> from end to end, on a small model and tasks of our own.</summary>
public sealed class EvalCommandTests : IDisposable
{
    private readonly TinyCheckpoint _tiny = new();

    public EvalCommandTests()
    {
        _tiny.Write("tasks/where.yaml", """
            task: where
            dataset_path: my/garden
            test_split: test
            training_split: train
            output_type: multiple_choice
            doc_to_text: "{{question}}"
            doc_to_choice: [garden, kitchen]
            doc_to_target: "{{place}}"
            metric_list:
              - {metric: acc, aggregation: mean, higher_is_better: true}
              - {metric: f1}
            """);
        _tiny.Write("tasks/say.yaml", """
            task: say
            dataset_path: my/garden
            test_split: test
            output_type: generate_until
            doc_to_text: "{{question}}"
            doc_to_target: "{{place}}"
            generation_kwargs: {until: ["."]}
            """);
        _tiny.Write("tasks/both.yaml", """
            group: both
            task: [where, say]
            aggregate_metric_list:
              - {metric: acc}
              - {metric: exact_match}
            """);
        string[] rows = [.. Enumerable.Range(0, 9).Select(i => new JsonObject { ["question"] = $"where is {(i % 2 == 0 ? "anna" : "ben")} {(i % 3 == 0 ? "now" : "?")}", ["place"] = i % 2 == 0 ? "garden" : "kitchen" }.ToJsonString())];
        _tiny.Write("data/garden/test.jsonl", string.Join('\n', rows));
        _tiny.Write("data/garden/train.jsonl", string.Join('\n', rows));
    }

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void AnEvaluationIsReportedAndKept()
    {
        var run = Eval("both", "--output", _tiny.At("out"));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("| where", run.Output);
        Assert.Contains("exact_match", run.Output);
        Assert.Contains("| both", run.Output);
        var results = Read("out/results.json");
        Assert.Equal(9, results["n-samples"]!["where"]!["effective"]!.GetValue<int>());
        Assert.Equal(27, results["dllm"]!["requests"]!.GetValue<int>());
        Assert.True(results["dllm"]!["forwards"]!.GetValue<int>() > 0);
        Assert.Equal(64, results["dllm"]!["model_sha256"]!.ToString().Length);
        Assert.Equal(9, File.ReadAllLines(_tiny.At("out/samples_say.jsonl")).Length);
        Assert.Contains("where is anna", File.ReadAllText(_tiny.At("out/report.html")));
        Assert.Contains("mc-num", File.ReadAllText(_tiny.At("out/report.md")));
    }

    [Fact]
    public void ARepeatedEvaluationAsksNothing()
    {
        _ = Eval("both", "--output", _tiny.At("out"));
        var before = Read("out/results.json");
        _ = Eval("both", "--output", _tiny.At("out"));
        var after = Read("out/results.json");
        Assert.Equal(0, after["dllm"]!["forwards"]!.GetValue<int>());
        Assert.Equal(27, after["dllm"]!["answers_from_cache"]!.GetValue<int>());
        Assert.Equal(before["results"]!.ToJsonString(), after["results"]!.ToJsonString());
        _ = Eval("both", "--output", _tiny.At("out"), "--mc-num", "8"); // another setting, other answers
        Assert.True(Read("out/results.json")["dllm"]!["forwards"]!.GetValue<int>() > 0);
    }

    [Fact]
    public void AnotherBatchSizeGoesOnFromTheSameAnswers()
    {
        _ = Eval("both", "--output", _tiny.At("out"), "--batch-size", "3");
        _ = Eval("both", "--output", _tiny.At("out"), "--batch-size", "1");
        var results = Read("out/results.json");
        Assert.Equal(27, results["dllm"]!["answers_from_cache"]!.GetValue<int>());
        Assert.Equal("1", results["config"]!["batch_size"]!.ToString());
    }

    [Fact]
    public void ResultsSayWhatWasSetAndWhatItCost()
    {
        _ = Eval("both", "--output", _tiny.At("out"), "--apply-chat-template", "--dtype", "fp32");
        var results = Read("out/results.json");
        var settings = results["config"]!["model_args"]!;
        Assert.Equal(
            ["auto", "4", "true", "none", "false", "as each task says", "1234", "float32"],
            ((string[])["batch-size", "mc-batch-size", "apply-chat-template", "limit", "as-original", "num-fewshot", "fewshot-seed", "dtype"]).Select(name => settings[name]!.ToString()));
        Assert.Equal("both", results["results"]!["both"]!["alias"]!.ToString());
        Assert.Equal("0", results["n-shot"]!["both"]!.ToString());
        var own = results["dllm"]!;
        Assert.InRange(own["generation_row_forwards"]!.GetValue<int>(), 1, own["row_forwards"]!.GetValue<int>() - 1);
        Assert.Equal(
            own["generated_tokens"]!.GetValue<double>() / own["generation_row_forwards"]!.GetValue<double>(), own["tokens_per_forward"]!.GetValue<double>(), 3);
        Assert.True(own["tokens_per_second"]!.GetValue<double>() > 0);
        Assert.Contains("TorchSharp", File.ReadAllText(_tiny.At("out/report.md")));
    }

    [Fact]
    public void ShardsMakeTheWhole()
    {
        _ = Eval("both", "--output", _tiny.At("whole"));
        for (int i = 1; i <= 2; i++) Assert.Equal(0, Eval("both", "--output", _tiny.At("parts"), "--shard", $"{i}/3").ExitCode);
        CliRun.Of("eval", "merge", _tiny.At("parts")).ShouldBeMistake("3", "missing", "--shard 3/3");
        Assert.Equal(0, Eval("both", "--output", _tiny.At("parts"), "--shard", "3/3", "--mc-num", "8").ExitCode);
        CliRun.Of("eval", "merge", _tiny.At("parts")).ShouldBeMistake("do not belong together");
        Assert.Equal(0, Eval("both", "--output", _tiny.At("parts"), "--shard", "3/3", "--batch-size", "2", "--threads", "1").ExitCode); // another machine
        var merged = CliRun.Of("eval", "merge", _tiny.At("parts"));
        Assert.True(merged.ExitCode == 0, merged.Error);
        Assert.Equal(Read("whole/results.json")["results"]!.ToJsonString(), Read("parts/results.json")["results"]!.ToJsonString());
        Assert.Equal(Read("whole/results.json")["groups"]!.ToJsonString(), Read("parts/results.json")["groups"]!.ToJsonString());
        Assert.Equal(File.ReadAllText(_tiny.At("whole/samples_say.jsonl")), File.ReadAllText(_tiny.At("parts/samples_say.jsonl")));
        CliRun.Of("eval", "merge", _tiny.At("whole")).ShouldBeMistake("shard");
    }

    [Fact]
    public void ARecordedEvaluationIsRepeatedAndCompared()
    {
        _ = Eval("where", "--output", _tiny.At("out"));
        var same = CliRun.Of("eval", "rerun", _tiny.At("out/results.json"));
        Assert.True(same.ExitCode == 0, same.Error);
        Assert.Contains("all values equal", same.Output);
        _tiny.Write("out/other.json", File.ReadAllText(_tiny.At("out/results.json")).Replace("\"acc,none\": 0", "\"acc,none\": 7"));
        var other = CliRun.Of("eval", "rerun", _tiny.At("out/other.json"));
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("acc,none was 7", other.Output);
        CliRun.Of("eval", "rerun", _tiny.Write("x.json", "{}")).ShouldBeMistake("x.json");
        CliRun.Of("eval", "rerun", _tiny.Write("x.json", "{\"results\": {}, \"dllm\": {}}")).ShouldBeMistake("x.json");
        CliRun.Of("eval", "rerun", _tiny.At("out/results.json"), "--output", _tiny.At("out") + "/").ShouldBeMistake("--output");
    }

    [Fact]
    public void AnInterruptedEvaluationKeepsWhatItKnows()
    {
        using var interruption = new Dllm.Cli.Interruption();
        interruption.Cancel();
        var run = CliRun.With(interruption, "", new StringWriter(), Arguments("both", "--output", _tiny.At("out")));
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("goes on from there", run.Error);
        Assert.False(File.Exists(_tiny.At("out/results.json")));
        Assert.Equal(0, Eval("both", "--output", _tiny.At("out")).ExitCode);
    }

    [Fact]
    public void ChatsAndExamplesGoIntoThePrompt()
    {
        var run = Eval("where", "--output", _tiny.At("out"), "--num-fewshot", "1", "--apply-chat-template", "--fewshot-as-multiturn", "--limit", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        string sample = File.ReadLines(_tiny.At("out/samples_where.jsonl")).First();
        Assert.Equal(2, sample.Split("[Question]").Length - 1 - (sample.Split("arg_0").Length - 2) * 2);
    }

    [Theory]
    [InlineData("gsm8", "gsm8k")]
    [InlineData("", "--tasks")]
    [InlineData("where,nothing*", "nothing")]
    public void UnknownTasksAreNamedWithTheNearest(string tasks, string word) => Eval(tasks).ShouldBeMistake(word);

    [Theory]
    [InlineData("--limit", "0", "limit")]
    [InlineData("--shard", "9/8", "9/8")]
    [InlineData("--shard", "x", "2/8")]
    [InlineData("--batch-size", "many", "auto")]
    [InlineData("--mc-num", "33", "multiple")]
    [InlineData("--data-dir", "/no/such/folder", "/no/such/folder")]
    [InlineData("--data-map", "/no/such.yaml", "/no/such.yaml")]
    [InlineData("--include-path", "/no/such/tasks", "/no/such/tasks")]
    [InlineData("--fewshot-as-multiturn", "true", "--apply-chat-template")]
    public void WrongOptionsAreNamed(string option, string value, string word) => Eval("where", option, value).ShouldBeMistake(word);

    [Fact]
    public void OptionsWithoutEffectAreNamed()
    {
        var run = Eval("where", "--nll-type", "ar_ftb", "--limit", "1", "--shard", "1/2");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--nll-type has no effect", run.Error);
        Assert.DoesNotContain("--mc-num has", run.Error);
        Assert.Contains("without --output", run.Error);
    }

    [Fact]
    public void WhatIsWrongWithATaskOrItsDataShowsBeforeTheModelIsAsked()
    {
        Eval("humaneval").ShouldBeMistake("--allow-code-execution");
        _tiny.Write("tasks/odd.yaml", "task: odd\ndataset_path: my/garden\ntest_split: test\ndoc_to_text: q\ndoc_to_target: place\nmetric_list:\n  - {metric: acurracy}\n");
        Eval("odd").ShouldBeMistake("acurracy", "odd");
        _tiny.Write("tasks/odd.yaml", "task: odd\ndataset_path: my/garden\ntest_split: test\ndoc_to_text: \"{{nothing.at.all}}\"\ndoc_to_target: place\n");
        Eval("odd").ShouldBeMistake("odd", "document 0");
        _tiny.Write("tasks/odd.yaml", "task: odd\ndataset_path: my/garden\ntest_split: dev\ndoc_to_text: q\ndoc_to_target: place\n");
        Eval("odd").ShouldBeMistake("dev", "my/garden");
        _tiny.Write("tasks/odd.yaml", "task: odd\ndataset_path: my/garden\ntest_split: test\ndoc_to_txt: q\n");
        Eval("odd").ShouldBeMistake("odd.yaml", "line 4", "doc_to_text");
    }

    [Fact]
    public void AFullDiskLosesNothingButWhatDidNotFit()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        Directory.CreateDirectory(_tiny.At("out"));
        File.CreateSymbolicLink(_tiny.At("out/answers.jsonl"), "/dev/full");
        Eval("where", "--output", _tiny.At("out")).ShouldBeMistake("answers.jsonl");
    }

    [Fact]
    public void TasksAreListed()
    {
        var run = CliRun.Of("eval", "list", "gsm8k*");
        Assert.Contains("gsm8k_cot", run.Output);
        Assert.Contains("where", CliRun.Of("eval", "list", "--include-path", _tiny.At("tasks")).Output);
        CliRun.Of("eval", "list", "nonsense").ShouldBeMistake("nonsense");
    }

    private CliRun Eval(string tasks, params string[] more) => CliRun.Of(Arguments(tasks, more));

    // What a test gives wins over what is usual.
    private string[] Arguments(string tasks, params string[] more)
    {
        string[] usual = ["--data-dir", _tiny.At("data"), "--include-path", _tiny.At("tasks"), "--mc-num", "4"];
        return
        [
            "eval", "--model", _tiny.Model, "--tasks", tasks, "--max-new-tokens", "6", "--steps", "3",
            .. usual.Chunk(2).Where(pair => !more.Contains(pair[0])).SelectMany(pair => pair), .. more,
        ];
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(_tiny.At(name)))!;
}
