using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Tests.Evaluation.Tasks;

/// <summary>A target may be a text, the number of a choice, or a list of these: in examples, in requests and in scores alike.</summary>
public sealed class AnswerKeyTests
{
    private const string Quiz = """
        task: quiz
        dataset_path: quiz
        training_split: train
        fewshot_split: train
        test_split: test
        num_fewshot: 1
        doc_to_text: "{{question}}:"
        """;

    private const string Choices = Quiz + "\noutput_type: multiple_choice\ndoc_to_choice: \"{{choices}}\"\ndoc_to_target: ";

    [Theory]
    [InlineData("[2]", "dog")]
    [InlineData("[2, 0]", "dog")] // of several the first is shown
    [InlineData("2", "dog")]
    [InlineData("2.0", "dog")] // a table's column of numbers with gaps is of floats
    [InlineData("[\"hen\"]", "hen")]
    [InlineData("\"hen\"", "hen")]
    [InlineData("true", "hen")]
    public void An_example_shows_the_choices_text_however_its_key_is_written(string gold, string shown)
    {
        Assert.Equal($"q: {shown}\n\nq:", Context(Choices + "gold", gold)); // the column as it is
        if (gold is not ("2.0" or "\"hen\"" or "true")) Assert.Equal($"q: {shown}\n\nq:", Context(Choices + "\"{{gold}}\"", gold)); // and by way of text
    }

    [Theory]
    [InlineData("[3]", "answer key 3 is out of range: there are 3 choices")]
    [InlineData("[-1]", "answer key -1 is out of range")]
    [InlineData("-1", "answer key -1 is out of range")]
    [InlineData("1.5", "answer key 1.5 is out of range")]
    [InlineData("1e300", "out of range")]
    [InlineData("[]", "empty list")]
    [InlineData("[null]", "something other than texts and numbers")]
    [InlineData("[[2]]", "something other than texts and numbers")]
    public void A_key_that_is_no_choice_is_refused_in_examples_and_in_questions(string gold, string message)
    {
        Assert.Contains(message, Assert.Throws<DllmException>(() => Context(Choices + "gold", gold)).Message);
        Assert.Contains(message, Assert.Throws<DllmException>(() => Load(Choices + "gold", gold).Document(0)).Message);
    }

    [Theory]
    [InlineData("cow", "'cow' is none of the choices: 'cat', 'hen', 'dog'")]
    [InlineData("[\"cat\", \"cow\"]", "'cow' is none of the choices")]
    public void A_text_that_is_no_choice_is_refused_in_questions(string gold, string message) => Assert.Contains(
        message, Assert.Throws<DllmException>(() => Load(Choices + "gold", gold[0] == '[' ? gold : $"\"{gold}\"").Document(0)).Message);

    [Theory]
    [InlineData("[0, 2]", 2, 1)]
    [InlineData("[0, 2]", 0, 1)]
    [InlineData("[0, 2]", 1, 0)]
    [InlineData("[\"cat\", \"dog\"]", 2, 1)]
    [InlineData("[true]", 1, 1)]
    [InlineData("[1.0]", 1, 1)]
    public void Any_of_several_right_choices_counts(string gold, int best, double right)
    {
        string[] metrics = ["acc", "acc_norm", "exact_match"];
        var scorer = new TaskScorer(new TaskScoring(
            "t", OutputType.MultipleChoice, [], [.. metrics.Select(name => new MetricDefinition(name, null, null, []))], null, 1, null));
        LikelihoodAnswer[] answers = [.. Enumerable.Range(0, 3).Select(i => new LikelihoodAnswer(i == best ? -1 : -2, i == best))];
        var score = scorer.Score(new ScoredDocument([], JsonNode.Parse(gold), ["cat", "hen", "dog"]), answers);
        Assert.All(metrics, metric => Assert.Equal(right, score.Values[metric].Value));
    }

    [Theory]
    [InlineData("[\"ja\", \"yes\"]", "yes", 1)]
    [InlineData("[\"ja\", \"yes\"]", "no", 0)]
    [InlineData("[1, 2]", "dog", 1)] // numbers of choices
    [InlineData("[1, 2]", "2", 0)]
    public void A_generated_answer_is_right_where_it_is_any_of_the_list(string gold, string answer, double right) =>
        Assert.Equal(right, Generated(gold, answer));

    [Theory]
    [InlineData("[]")]
    [InlineData("[1, 3]")]
    public void A_generated_answer_is_not_compared_with_nothing(string gold) => Assert.Throws<DllmException>(() => Generated(gold, "cat"));

    [Fact]
    public void A_generating_task_shows_the_first_of_its_answers() =>
        Assert.Equal("q: ja\n\nq:", Context(Quiz + "\noutput_type: generate_until\ndoc_to_target: gold", "[\"ja\", \"yes\"]"));

    [Fact]
    public void Without_choices_a_number_is_a_number() =>
        Assert.Equal("q: 7\n\nq:", Context(Quiz + "\noutput_type: generate_until\ndoc_to_target: gold", "[7, 8]"));

    [Fact]
    public void A_likelihood_of_a_list_is_refused()
    {
        var task = Load(Quiz + "\noutput_type: loglikelihood\ndoc_to_target: gold", "[\"a\", \"b\"]");
        Assert.Contains("a likelihood is asked of one text", Assert.Throws<DllmException>(() => task.Requests(0, new PromptOptions())).Message);
    }

    [Fact]
    public void A_question_needs_choices() => Assert.Contains(
        "nothing to choose from", Assert.Throws<DllmException>(() => Load(Choices.Replace("{{choices}}", "{{[]}}") + "gold", "0").Document(0)).Message);

    private static double Generated(string gold, string answer)
    {
        var scorer = new TaskScorer(new TaskScoring(
            "t", OutputType.GenerateUntil, [new FilterDefinition("f", [])], [new MetricDefinition("exact_match", "mean", true, [])], null, 1, null));
        var document = new ScoredDocument([], JsonNode.Parse(gold), ["cat", "hen", "dog"]);
        return scorer.Score(document, [new TextAnswer(answer)], new FilterDefinition("f", [])).Values["exact_match"].Value;
    }

    private static string Context(string yaml, string gold) => Load(yaml, gold).Requests(0, new PromptOptions())[0].Context;

    private static EvalTask Load(string yaml, string gold)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "quiz.yaml"), yaml);
        return EvalTask.Load(TaskLibrary.Open([folder.Path]).Select("quiz").Tasks[0], new Rows(gold));
    }

    private sealed class Rows(string gold) : ITaskData
    {
        IReadOnlyList<JsonObject> ITaskData.Rows(string datasetPath, string? datasetName, string split, JsonObject? dataFiles) =>
            [new JsonObject { ["question"] = "q", ["choices"] = new JsonArray("cat", "hen", "dog"), ["gold"] = JsonNode.Parse(gold) }];
    }
}
