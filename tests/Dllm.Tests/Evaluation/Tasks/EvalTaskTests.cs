using System.Text.Json.Nodes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation.Tasks;

public sealed class EvalTaskTests
{
    private const string Sums = """
        task: sums
        dataset_path: sums
        test_split: test
        training_split: train
        doc_to_text: "{{a}} + {{b}} ="
        doc_to_target: "{{a + b}}"
        generation_kwargs:
          until: "\n"
        """;

    [Fact]
    public void A_prompt_shows_examples_the_description_and_the_question()
    {
        using var folder = new TemporaryFolder();
        var task = Task(folder, Sums + "\ndescription: \"Sums.\\n\\n\"");
        var request = Assert.Single(task.Requests(0, new PromptOptions { NumFewshot = 2 }));
        Assert.StartsWith("Sums.\n\n", request.Context);
        Assert.EndsWith("\n\n1 + 2 =", request.Context);
        Assert.Equal(3, request.Context.Split(" =").Length - 1);
        Assert.Equal(["\n"], request.Generation!.Until);
        Assert.Equal("3", task.Document(0).Target!.ToString());
    }

    [Fact]
    public void Draws_depend_on_the_place_and_not_on_the_order_of_asking()
    {
        using var folder = new TemporaryFolder();
        var options = new PromptOptions { NumFewshot = 1 };
        var forwards = Task(folder, Sums);
        var backwards = Task(folder, Sums);
        var last = backwards.Requests(1, options)[0].Context;
        _ = forwards.Requests(0, options);
        Assert.Equal(forwards.Requests(1, options)[0].Context, last);
    }

    [Fact]
    public void A_column_that_is_missing_is_named_with_the_task_and_the_document()
    {
        using var folder = new TemporaryFolder();
        var task = Task(folder, Sums.Replace("{{a}} +", "{{c}} +"));
        var e = Assert.Throws<DllmException>(() => task.Requests(0, new PromptOptions()));
        Assert.Contains("sums, document 0", e.Message);
        Assert.Contains("'c' is undefined", e.Message);
    }

    [Fact]
    public void An_answer_key_out_of_range_is_named()
    {
        using var folder = new TemporaryFolder();
        var task = Task(folder, Sums + "\noutput_type: multiple_choice\ndoc_to_choice: [\"x\", \"y\"]");
        Assert.Contains("answer key 3 is out of range", Assert.Throws<DllmException>(() => task.Document(0)).Message);
    }

    [Theory]
    [InlineData("doc_to_txt: x", "line 9", "is 'doc_to_text' meant?")]
    [InlineData("process_docs: !function utils.process_doks", "utils.process_doks", "does not have")]
    [InlineData("num_fewshot: -1", "line 9", "num_fewshot")]
    [InlineData("metric_list: 5", "line 9", "no list")]
    [InlineData("custom: !python x", "line 9", "!python")]
    public void A_file_that_cannot_be_understood_is_named_with_the_line(string line, string first, string second)
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<DllmException>(() => Task(folder, Sums + "\n" + line));
        Assert.Contains(first, e.Message);
        Assert.Contains(second, e.Message);
    }

    [Fact]
    public void Groups_tags_and_includes_lead_to_tasks_and_a_wrong_name_to_the_nearest()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "_base_yaml"), Sums);
        File.WriteAllText(Path.Combine(folder.Path, "one.yaml"), "include: _base_yaml\ntask: sums_one\ntag: mathematics\n");
        File.WriteAllText(Path.Combine(folder.Path, "two.yaml"), "include: _base_yaml\ntask: sums_two\ntag: [mathematics]\nrepeats: 2\n");
        File.WriteAllText(
            Path.Combine(folder.Path, "group.yaml"),
            "group: all_sums\ntask:\n  - sums_one\n  - task: sums_two\n    num_fewshot: 3\naggregate_metric_list:\n  - metric: acc\n    weight_by_size: false\n");
        var library = TaskLibrary.Open([folder.Path]);
        var selection = library.Select("all_sums");
        Assert.Equal(["sums_one", "sums_two"], selection.Tasks.Select(task => task.Name));
        Assert.Equal(3, selection.Tasks[1].NumFewshot);
        Assert.Equal(2, selection.Tasks[1].Scoring.Repeats);
        Assert.False(Assert.Single(Assert.Single(selection.Groups).Aggregates).WeighsBySize);
        Assert.Equal(2, library.Select("mathematics").Tasks.Count);
        Assert.Contains("sums_one", Assert.Throws<DllmException>(() => library.Select("sums_on")).Message);
    }

    [Fact]
    public void Too_few_examples_are_reported()
    {
        using var folder = new TemporaryFolder();
        var task = Task(folder, Sums);
        Assert.Contains("99 examples", Assert.Throws<DllmException>(() => task.Requests(0, new PromptOptions { NumFewshot = 99 })).Message);
    }

    private static EvalTask Task(TemporaryFolder folder, string yaml)
    {
        File.WriteAllText(Path.Combine(folder.Path, "sums.yaml"), yaml);
        return EvalTask.Load(TaskLibrary.Open([folder.Path]).Select("sums").Tasks[0], new Rows());
    }

    private sealed class Rows : ITaskData
    {
        IReadOnlyList<JsonObject> ITaskData.Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles) => split == "test"
            ? [new JsonObject { ["a"] = 1, ["b"] = 2 }, new JsonObject { ["a"] = 3, ["b"] = 4 }]
            : [.. Enumerable.Range(0, 9).Select(i => new JsonObject { ["a"] = i, ["b"] = i })];
    }
}
