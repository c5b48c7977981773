using System.Text.Json.Nodes;
using Dllm.Data.Sources;
using Dllm.Evaluation.Running;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation.Running;

public sealed class LocalTaskDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("owner__set/main")]
    [InlineData("set/main")]
    [InlineData("owner__set")]
    [InlineData("set")]
    public void AFolderIsFoundByConvention(string place)
    {
        Write($"{place}/test.jsonl", """{"q": "one", "n": [1, 2.5, null, true]}""");
        var row = Assert.Single(new LocalTaskData(_folder.Path).Rows("owner/set", "main", "test", null));
        Assert.Equal("""{"q":"one","n":[1,2.5,null,true]}""", row.ToJsonString());
    }

    [Fact]
    public void ATaskMayNameItsFilesForALoader()
    {
        Write("mine/a.jsonl", """{"q": "one"}""");
        Write("mine/b.jsonl", """{"q": "two"}""");
        var data = new LocalTaskData(_folder.Path);
        JsonObject files = new() { ["test"] = new JsonArray("mine/a.jsonl", "mine/b.jsonl"), ["train"] = "mine/c.jsonl" };
        Assert.Equal(["one", "two"], data.Rows("json", null, "test", files).Select(row => row["q"]!.ToString()));
        Assert.Contains("mine/c.jsonl", Assert.Throws<DllmException>(() => data.Rows("json", null, "train", files)).Message);
    }

    [Fact]
    public void AMistakeInADocumentNamesItsFile()
    {
        Write("set/test.jsonl", """{"question": "one"}""");
        Write("tasks/sums.yaml", "task: sums\ndataset_path: owner/set\ntest_split: test\ndoc_to_text: \"{{quetsion}}\"\n");
        Write("set/none.jsonl", "");
        var task = TaskLibrary.Open([Path.Combine(_folder.Path, "tasks")]).Select("sums").Tasks[0];
        var data = new LocalTaskData(_folder.Path);
        var message = Assert.Throws<DllmException>(() => EvalTask.Load(task, data).Requests(0, new PromptOptions())).Message;
        Assert.Contains(Path.Combine(_folder.Path, "set", "test.jsonl"), message);
        Assert.Contains("doc_to_text, line 1, column 1: 'quetsion' is undefined; its columns are question", message);
        message = Assert.Throws<DllmException>(() => EvalTask.Load(task.WithSettings(new JsonObject { ["test_split"] = "none" }), data)).Message;
        Assert.Contains("the split 'none' of the task sums is empty", message);
        Assert.Contains("none.jsonl", message);
    }

    [Fact]
    public void WithoutDataTheMessageSaysWhereToPutThem()
    {
        var e = Assert.Throws<DllmException>(() => new LocalTaskData(_folder.Path).Rows("owner/set", "main", "test", null));
        Assert.Contains("'test' of owner/set (main)", e.Message);
        Assert.Contains(Path.Combine("owner__set", "main", "test.jsonl"), e.Message);
    }

    [Fact]
    public void AMapFiltersRenamesAndCuts()
    {
        Write("all.jsonl", string.Join('\n', Enumerable.Range(0, 6).Select(i => $$"""{"subject": "{{"ab"[i % 2]}}", "q": {{i}}}""")));
        var rows = Mapped("{dataset: o/s, split: test, file: all.jsonl, where: {subject: \"{name}\"}, rename: {q: question}, rows: [1, 3]}")
            .Rows("o/s", "b", "test", null);
        Assert.Equal(["3", "5"], rows.Select(row => row["question"]!.ToString()));
    }

    [Fact]
    public void RecordsAreTheRowsWithinAnObject()
    {
        Write("x.json", """{"canary": "c", "examples": [{"input": "i"}, {"input": "j"}]}""");
        var rows = Mapped("{dataset: o/s, split: test, file: \"{name}.json\", records: examples}").Rows("o/s", "x", "test", null);
        Assert.Equal(["i", "j"], rows.Select(row => row["input"]!.ToString()));
    }

    [Theory]
    [InlineData("{dataset: o/s, split: test, file: none.jsonl}", "there is no file")]
    [InlineData("{dataset: o/s, split: test, file: a.jsonl, rename: {z: y}}", "no column 'z'")]
    [InlineData("{dataset: o/s, split: test, file: a.jsonl, where: {q: other}}", "no row")]
    [InlineData("{dataset: o/s, split: test, file: a.jsonl, filter: x}", "'filter', which is not known")]
    [InlineData("{dataset: o/s, split: test}", "has no 'file'")]
    [InlineData("{dataset: o/s, split: test, file: a.jsonl, rows: [3, 3]}", "rows is [3, 3]")]
    public void MistakesOfAMapAreNamed(string entry, string message)
    {
        Write("a.jsonl", """{"q": 1}""");
        Assert.Contains(message, Assert.Throws<DllmException>(() => Mapped(entry).Rows("o/s", null, "test", null)).Message);
    }

    [Fact]
    public void CsvKeepsQuotesCommasAndLineEnds()
    {
        Write("t.csv", "\ufeffq,a\r\n\"one, \"\"two\"\"\nthree\",4\r\n,\r\n");
        var rows = new CsvReader().Read(_folder.File("t.csv")).ToArray();
        Assert.Equal(["one, \"two\"\nthree", ""], rows.Select(row => row.Text("q")));
        Assert.Equal(["4", ""], rows.Select(row => row.Text("a")));
    }

    [Fact]
    public void CsvWithoutAHeaderNumbersItsColumns()
    {
        Write("t.csv", "x,y\nz,w\n");
        var rows = Mapped("{dataset: o/s, split: test, file: t.csv, header: false}").Rows("o/s", null, "test", null);
        Assert.Equal(["""{"0":"x","1":"y"}""", """{"0":"z","1":"w"}"""], rows.Select(row => row.ToJsonString()));
    }

    [Fact]
    public void ChainsOfThoughtAreRows()
    {
        Write("c.txt", "warning\n-----\nDo it.\n\nQ: one\nmore\nA: so.\n\nQ: two\nA: Let's think step by step.\nthus");
        var rows = Mapped("{dataset: o/s, split: test, file: c.txt, format: cot-prompts}").Rows("o/s", null, "test", null);
        string[] expected =
            ["""{"input":"one\nmore","target":"so.","instruction":"Do it."}""", """{"input":"two","target":"thus","instruction":"Do it."}"""];
        Assert.Equal(expected, rows.Select(row => row.ToJsonString()));
    }

    [Fact]
    public void TheShippedMapReadsTheSharedData()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        var recipe = Path.Combine("recipes", "evaluation", "local-data.yaml");
        while (root is not null && !File.Exists(Path.Combine(root.FullName, recipe))) root = root.Parent;
        Assert.NotNull(root);
        var map = DataMap.Open(Path.Combine(root.FullName, recipe));
        var shared = Path.Combine(root.FullName, "..", "shared", "data");
        Assert.SkipUnless(Directory.Exists(shared), $"{shared} does not exist");
        var data = new LocalTaskData(shared, map);
        Assert.Equal(1319, data.Rows("openai/gsm8k", "main", "test", null).Count);
        Assert.Equal(3, data.Rows("SaylorTwift/bbh", "navigate", "prompts", null).Count);
        var bbh = TaskLibrary.Open([]).Select("bbh_cot_fewshot_snarks,bbh_zeroshot_tasks").Tasks;
        Assert.Equal(28, bbh.Count);
        var snarks = EvalTask.Load(bbh[0], data).Requests(0, new PromptOptions())[0].Context;
        Assert.Equal(4, snarks.Split("think step by step").Length - 1); // once a question
        Assert.All(bbh, task => Assert.EndsWith("\n\n", EvalTask.Load(task, data, needsExamples: false).Definition.Description));
        Assert.Equal(250, data.Rows("SaylorTwift/bbh", "navigate", "test", null).Count);
        Assert.Equal(5, data.Rows("cais/mmlu", "anatomy", "dev", null).Count);
        Assert.Equal(5, data.Rows("haonan-li/cmmlu", "anatomy", "dev", null).Count);
        Assert.Equal(164, data.Rows("openai/openai_humaneval", null, "test", null).Count);
        Assert.Equal(500, data.Rows("google-research-datasets/mbpp", "full", "test", null).Count);
        Assert.Equal(500, data.Rows("HuggingFaceH4/MATH-500", null, "test", null).Count);
        Assert.NotEmpty(data.Rows("dllm-reasoning/d1-planning", "sudoku", "test", null));
        Assert.NotEmpty(data.Rows("dllm-reasoning/d1-planning", "countdown", "test", null));
        Assert.NotEmpty(data.Rows("Rowan/hellaswag", null, "validation", null));
        Assert.NotEmpty(data.Rows("baber/piqa", null, "validation", null));
        Assert.NotEmpty(data.Rows("allenai/winogrande", "winogrande_xl", "validation", null));
        Assert.NotEmpty(data.Rows("allenai/ai2_arc", "ARC-Easy", "test", null));
        Assert.NotEmpty(data.Rows("google/IFEval", null, "train", null));
    }

    [Theory]
    [InlineData("a,b\n1\n", "line 2: 1 values for 2 columns")]
    [InlineData("a,b\n1,\"x\n", "line 2: a quotation mark is not closed")]
    [InlineData("a,a\n1,2\n", "the column 'a' is named twice")]
    public void MalformedCsvIsNamed(string text, string message)
    {
        Write("t.csv", text);
        Assert.Contains(message, Assert.Throws<DllmException>(() => new CsvReader().Read(_folder.File("t.csv")).ToArray()).Message);
    }

    private LocalTaskData Mapped(string entry)
    {
        Write("map.yaml", $"data:\n  - {entry}\n");
        return new LocalTaskData(_folder.Path, DataMap.Open(_folder.File("map.yaml")));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllText(_folder.File(name), text);
    }
}
