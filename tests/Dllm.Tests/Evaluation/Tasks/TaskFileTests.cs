using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation.Tasks;

public sealed class TaskFileTests : IDisposable
{
    private const string Sums = "dataset_path: sums\ntest_split: test\ndoc_to_text: \"{{a}} + {{b}} =\"\ndoc_to_target: \"{{a + b}}\"\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tags_may_stand_in_what_a_file_includes_and_a_folder_takes_a_tag_over()
    {
        Write("_base_yaml", Sums + "tag: adding\n");
        Write("b.yaml", "include: _base_yaml\ntask: b\n");
        Write("a.yaml", "include: _base_yaml\ntask: a\n");
        Write("c.yaml", "include: _base_yaml\ntask: c\ntag: other\n");
        Write("m.yaml", "include: _base_yaml\ntask: m\ntag: mmlu_stem_tasks\n");
        Assert.Equal(["a", "b"], Names("adding"));
        Assert.Equal(["m"], Names("mmlu_stem"));
        Assert.Contains("adding", Library().Matching("add*"));
    }

    [Fact]
    public void A_groups_settings_hold_for_its_members_and_tasks_may_be_written_in_it()
    {
        Write("_base_yaml", Sums);
        Write("one.yaml", "include: _base_yaml\ntask: one\n");
        Write(
            "group.yaml",
            """
            group: outer
            num_fewshot: 4
            task:
              - one
              - {task: written, include: _base_yaml, num_fewshot: 1}
              - group: inner
                group_alias: Inner
                task: [{task: deep, include: _base_yaml}]
                aggregate_metric_list: {metric: exact_match}
            """);
        var selection = Library().Select("outer");
        Assert.Equal(["one", "outer::written", "outer::inner::deep"], selection.Tasks.Select(task => task.Name));
        Assert.Equal([4, 1, 4], selection.Tasks.Select(task => task.NumFewshot));
        Assert.Equal(["one", "outer::written", "outer::inner"], selection.Groups[0].Members);
        Assert.Equal("Inner", selection.Groups[1].Alias);
        Assert.Equal("exact_match", Assert.Single(selection.Groups[1].Aggregates).Metric);
    }

    [Fact]
    public void Yaml_is_read_as_Python_reads_it()
    {
        Write(
            "odd.yaml",
            "task: first\ndataset_kwargs: &shown {b: 1, a: 2}\n" + Sums
            + "metadata: {<<: *shown, a: 3}\ntask: odd\ndescription: \"one\n  two\nthree\"\nfewshot_config:\n    samples:\n      - a: \"one\n  two\"\n        b: 2\n");
        var task = Library().Select("odd").Tasks[0];
        Assert.Equal("one two three", task.Description);
        Assert.Equal(3, task.Raw["metadata"]!["a"]!.GetValue<long>());
        Assert.Equal(1, task.Raw["metadata"]!["b"]!.GetValue<long>());
        Assert.Equal("one two", task.Raw["fewshot_config"]!["samples"]![0]!["a"]!.ToString());
    }

    [Theory]
    [InlineData("metric_list: [{metric: bleu}]", "_base_yaml, line 5", "'bleu' for its metric")]
    [InlineData("metric_list: [{metric: exact_match, aggregation: meen}]", "_base_yaml, line 5", "aggregation 'meen'")]
    [InlineData("filter_list: [{name: x, filter: [{function: regexx}]}]", "_base_yaml, line 5", "'regexx'")]
    [InlineData("filter_list: [{name: x, filter: [{function: [a]}]}]", "_base_yaml, line 5", "[\"a\"], not a text")]
    [InlineData("process_results: !function utils.nope", "_base_yaml, line 5", ".nope' for its process_results")]
    [InlineData("doc_to_choice: !function utils.nope", "_base_yaml, line 5", "doc_to_choice")]
    [InlineData("doc_to_choice: \"{{a +}}\"", "_base_yaml, line 5", "the template of doc_to_choice, line 1")]
    [InlineData("generation_kwargs: {max_gen_toks: many}", "_base_yaml, line 5", "max_gen_toks")]
    [InlineData("fewshot_config: {fewshot_indices: [-1]}", "_base_yaml, line 5", "fewshot_indices")]
    public void A_mistake_names_the_file_and_line_where_it_stands_though_another_includes_it(string line, string place, string what)
    {
        Write("_base_yaml", Sums + line + "\n");
        Write("sums.yaml", "include: _base_yaml\ntask: sums\n");
        var e = Assert.Throws<DllmException>(() => Library().Select("sums"));
        Assert.Contains(place, e.Message);
        Assert.Contains(what, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Circles_and_names_that_stand_twice_are_named()
    {
        Write("cycle.yaml", "task: cycle\ninclude: _a_yaml\n");
        Write("_a_yaml", "include: _b_yaml\n");
        Write("_b_yaml", "tag: x\ninclude: _a_yaml\n");
        Write("g.yaml", "group: g\ntask: [h]\n");
        Write("h.yaml", "group: h\ntask: [g]\n");
        Write("lost.yaml", "group: lost\ntask:\n  - gsm8kk\n");
        Write("twice1.yaml", Sums + "task: twice\n");
        Write("twice2.yaml", Sums + "task: twice\n");
        Assert.Contains("_b_yaml, line 2: the file", Refusal("cycle"));
        Assert.Contains("g > h > g", Refusal("g"));
        Assert.Contains("lost.yaml, line 2: there is no task, group or tag 'gsm8kk'; the nearest names are gsm8k", Refusal("lost"));
        Assert.Contains("twice1.yaml and", Refusal("twice"));
    }

    [Fact]
    public void A_task_with_two_settings_is_refused_and_with_the_same_twice_is_one()
    {
        Write("g.yaml", "group: g\ntask:\n  - task: piqa\n    num_fewshot: 3\n");
        Assert.Single(Library().Select("piqa,piqa").Tasks);
        Assert.Contains("'piqa' is selected twice", Refusal("g,piqa"));
    }

    [Fact]
    public void An_example_that_is_not_there_is_named()
    {
        Write("sums.yaml", Sums + "task: sums\nfewshot_config: {fewshot_indices: [9]}\n");
        var definition = Library().Select("sums").Tasks[0];
        JsonObject[] rows = [new() { ["a"] = 1, ["b"] = 2 }];
        Assert.Contains("the example 9, and there are 1", Assert.Throws<DllmException>(() => new EvalTask(definition, rows, rows)).Message);
    }

    [Fact]
    public void A_file_may_be_named_by_its_path()
    {
        using var elsewhere = new TemporaryFolder();
        var path = Path.Combine(elsewhere.Path, "mine.yaml");
        File.WriteAllText(path, Sums + "task: mine_<<id>>\ndllm_variants: [only]\n");
        Assert.Equal(["mine_only"], Names(path));
    }

    [Fact]
    public void Yes_and_no_are_numbers_of_choices_and_other_texts_than_the_choices_are_refused()
    {
        Write("sums.yaml", Sums + "task: sums\noutput_type: multiple_choice\ndoc_to_choice: [x, y]\n");
        JsonObject[] rows = [new() { ["a"] = 1, ["b"] = 2, ["right"] = true }, new() { ["a"] = 1, ["b"] = 2, ["right"] = "z" }];
        var task = new EvalTask(Library().Select("sums").Tasks[0].WithSettings(new JsonObject { ["doc_to_target"] = "right" }), rows, []);
        Assert.Equal(1, task.Document(0).Target!.GetValue<int>());
        Assert.Contains("'z' is none of the choices: 'x', 'y'", Assert.Throws<DllmException>(() => task.Document(1)).Message);
    }

    [Fact]
    public void Questions_that_stand_in_every_prompt_are_a_split_and_no_examples()
    {
        var definition = Library().Select("truthfulqa_mc1").Tasks[0];
        var task = EvalTask.Load(definition, new Data());
        Assert.Equal("Q: One?\nA: 1\n\nQ: Two?\nA: 2\n\nQ: Three?\nA:", task.Requests(0, new PromptOptions { NumFewshot = 3 })[0].Context);
        Assert.Equal(0, task.Shots(new PromptOptions { NumFewshot = 3 }));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_left_out_and_named_to_who_asks_for_it()
    {
        Write("good.yaml", Sums + "task: good\n");
        Write("bad.yaml", "task: [[\n");
        Write("base.yaml", "include: _base_yaml\ntask: base\n");
        Write("_base_yaml", "tag: x\n{a: 1\n");
        Write("g.yaml", "group: g\ntask: [good, bad]\n");
        var library = Library();
        Assert.Single(library.Select("good").Tasks);
        Assert.Equal(["g", "good"], library.Matching("g*").Intersect(["g", "good"]));
        Assert.DoesNotContain("bad", library.Names);
        Assert.Equal(2, library.Faults.Count);
        Assert.Contains(library.Faults, fault => fault.Contains("bad.yaml is not valid YAML: line", StringComparison.Ordinal));
        Assert.Contains(library.Faults, fault => fault.Contains("_base_yaml is not valid YAML: line", StringComparison.Ordinal));
        Assert.Contains("bad.yaml is not valid YAML", Refusal("bad"));
        Assert.Contains("bad.yaml is not valid YAML", Refusal("g"));
        Assert.Contains("_base_yaml is not valid YAML", Refusal("base"));
    }

    [Fact]
    public void Files_that_include_many_and_groups_in_groups_have_bounds()
    {
        for (int i = 0; i < 12; i++) Write($"_{i}_yaml", i == 0 ? Sums : $"include: [_{i - 1}_yaml, _{i - 1}_yaml]\n");
        Write("many.yaml", "include: _11_yaml\ntask: many\n");
        for (int i = 0; i < 40; i++) Write($"g{i}.yaml", $"group: g{i}\ntask: [{(i == 0 ? "gsm8k" : $"g{i - 1}")}]\n");
        Write("grow.yaml", Sums + "task: grow_<<id>>\ndescription: <<a>>\ndllm_variants:\n  - {id: x, " + string.Join(", ", Enumerable.Range(0, 25).Select(i => $"{(char)('a' + i)}: <<{(char)('b' + i)}>><<{(char)('b' + i)}>>")) + "}\n");
        Assert.Contains("more than 256 files are included", Refusal("many"));
        Assert.Contains("lies within 32 others", Refusal("g39"));
        Assert.Contains("longer than 65,536 letters", Assert.Single(Library().Faults));
    }

    private sealed class Data : ITaskData
    {
        IReadOnlyList<JsonObject> ITaskData.Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles) => split == "prompts"
            ? [new() { ["question"] = "One?", ["answer"] = "1" }, new() { ["question"] = "Two?", ["answer"] = "2" }]
            : [new() { ["question"] = "Three?", ["mc1_targets"] = new JsonObject { ["choices"] = new JsonArray("3", "4") } }];
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.Path, name), text);

    private TaskLibrary Library() => TaskLibrary.Open([_folder.Path]);

    private string[] Names(string names) => [.. Library().Select(names).Tasks.Select(task => task.Name)];

    private string Refusal(string names) => Assert.Throws<DllmException>(() => Library().Select(names)).Message;
}
