using System.Text.Json;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

public sealed class SamplingCommandTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    [Fact]
    public void Each_prompt_of_the_arguments_gets_an_answer()
    {
        var run = Sample("where is anna ?", "who is in the garden ?", "--max-new-tokens", "4");
        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("[1] ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("[2] ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_are_scored_at_each_gap()
    {
        string[] command = ["infill", "the [MASK] ball is [MASK] .", "anna is in the [MASK] .", "--choices", "red,green garden,kitchen", "--model", tiny.Model];
        var run = CliRun.Of(command);
        Assert.True(run.ExitCode == 0, run.Error);
        string[] lines = run.Output.Split(Environment.NewLine);
        Assert.Equal(["[1] the [MASK] ball is [MASK] .", "gap 1"], lines[..2]);
        Assert.Equal(3, lines.Count(line => line.StartsWith("CHOICE ", StringComparison.Ordinal)));
        Assert.Contains("[2] anna is in the [MASK] .", lines);
        foreach (string line in CliRun.Of([.. command, "--json"]).Output.TrimEnd().Split('\n'))
        {
            foreach (var gap in JsonDocument.Parse(line).RootElement.GetProperty("gaps").EnumerateArray())
            {
                var choices = gap.GetProperty("choices").EnumerateArray().ToArray();
                Assert.Equal(["red", "green garden", "kitchen"], choices.Select(choice => choice.GetProperty("text").GetString()));
                Assert.Equal([1, 2, 1], choices.Select(choice => choice.GetProperty("tokens").GetInt32()));
                Assert.Equal(1, choices.Sum(choice => choice.GetProperty("probability").GetDouble()), 4);
            }
        }

        CliRun.Of([.. command, "--visualize"]).ShouldBeMistake("--visualize", "nothing is denoised");
        CliRun.Of("infill", "anna is", "--choices", "red,green", "--model", tiny.Model).ShouldBeMistake("no mask token", "[MASK]");
        CliRun.Of("infill", "[MASK]", "--choices", "red", "--model", tiny.Model).ShouldBeMistake("at least two");
        Assert.Contains("--steps has no effect", CliRun.Of([.. command, "--steps", "3"]).Error);
    }

    [Fact]
    public void Json_lines_hold_what_was_written()
    {
        var run = Sample("where is anna ?", "--max-new-tokens", "6", "--steps", "3", "--json");
        var json = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("where is anna ?", json.GetProperty("prompt").GetString());
        Assert.Equal(6, json.GetProperty("ids").GetArrayLength());
        Assert.Equal(3, json.GetProperty("steps").GetInt32());
        Assert.True(json.GetProperty("tokens_per_second").GetDouble() > 0);
        Assert.Contains(json.GetProperty("finish_reason").GetString(), (string[])["stop", "length"]);
    }

    [Fact]
    public void Prompts_come_from_the_standard_input_and_from_files_too()
    {
        string[] options = ["--model", tiny.Model, "--max-new-tokens", "3", "--raw"];
        string expected = CliRun.Of(["sample", "anna is", "ben is", .. options]).Output;
        Assert.Equal(expected, CliRun.WithInput("anna is\n\nben is\n", ["sample", .. options]).Output);
        Assert.Equal(expected, CliRun.Of(["sample", "--file", tiny.Write("p.txt", "anna is\nben is"), .. options]).Output);
        string lines = tiny.Write("p.jsonl", "{\"prompt\": \"anna is\"}\n{\"prompt\": \"ben is\"}\n");
        Assert.Equal(expected, CliRun.Of(["sample", "--file", lines, .. options]).Output);
    }

    [Fact]
    public void A_conversation_of_a_file_is_one_prompt()
    {
        string file = tiny.Write(
            "talk.jsonl",
            """{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "who"}]}""");
        var run = CliRun.Of("sample", "--file", file, "--model", tiny.Model, "--max-new-tokens", "3", "--json");
        Assert.Equal("who", JsonDocument.Parse(run.Output).RootElement.GetProperty("prompt").GetString());
    }

    [Fact]
    public void The_batch_size_changes_no_answer()
    {
        string[] prompts = ["anna is", "who is in the garden ?", "ben"];
        string[] options = ["--max-new-tokens", "4"];
        Assert.Equal(Sample([.. prompts, .. options]).Output, Sample([.. prompts, .. options, "--batch-size", "1"]).Output);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_does_not()
    {
        string Draw(string seed) => Sample("where is anna ?", "--temperature", "1", "--max-new-tokens", "12", "--seed", seed, "--json").Output.Split("steps")[0];
        Assert.Equal(Draw("1"), Draw("1"));
        Assert.NotEqual(Draw("1"), Draw("2"));
    }

    [Fact]
    public void A_switch_does_not_swallow_the_prompt_behind_it() =>
        Assert.Equal(0, Sample("--raw", "anna is", "--max-new-tokens", "2").ExitCode);

    [Fact]
    public void Visualize_writes_a_line_a_step_and_masks_dwindle()
    {
        var run = Sample("anna is", "--raw", "--max-new-tokens", "4", "--steps", "4", "--visualize");
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Equal([3, 2, 1, 0], lines[..4].Select(line => line.Split("░░").Length - 1));
        Assert.StartsWith("step 1/4 anna is", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Visualize_leaves_json_clean()
    {
        var run = Sample("anna is", "--max-new-tokens", "4", "--visualize", "--json");
        JsonDocument.Parse(run.Output);
        Assert.Contains("step 1/", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_checkpoint_s_own_defaults_hold_unless_an_option_is_given()
    {
        string model = tiny.Copy("with-defaults");
        File.WriteAllText(Path.Combine(model, "generation_config.json"), """{ "max_new_tokens": 5, "steps": 2 }""");
        int Ids(params string[] more) =>
            JsonDocument.Parse(CliRun.Of(["sample", "hello", "--json", "--model", model, .. more]).Output).RootElement.GetProperty("ids").GetArrayLength();
        Assert.Equal(5, Ids());
        Assert.Equal(7, Ids("--max-new-tokens", "7"));
    }

    [Fact]
    public void Infill_fills_the_masks_and_keeps_the_rest()
    {
        var run = CliRun.Of("infill", "anna is in the [MASK] .", "[MASK] is red .", "--model", tiny.Model, "--json");
        Assert.Equal(0, run.ExitCode);
        var rows = run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.All(rows, row => Assert.Equal(1, row.GetProperty("ids").GetArrayLength()));
        Assert.StartsWith("anna is in the", rows[0].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Infill_of_a_text_without_mask_is_a_mistake() =>
        CliRun.Of("infill", "anna is red", "--model", tiny.Model).ShouldBeMistake("'anna is red' has no mask token", "[MASK]");

    [Theory]
    [InlineData("fp32", "float32")]
    [InlineData("bf16", "bfloat16")]
    [InlineData("fp16", "float16")]
    public void Types_of_numbers_have_their_short_names_too(string given, string meant)
    {
        using var interruption = new Interruption();
        var terminal = new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null);
        foreach (string command in (string[])["sample", "sft", "eval"])
            Assert.Equal(meant, DllmCommandLine.Parse([command, "--dtype", given], terminal, interruption).GetValue<string>("--dtype"));
    }

    [Fact]
    public void A_setting_without_effect_warns() =>
        Assert.Contains("warning: --seed has no effect", Sample("hello", "--seed", "3", "--max-new-tokens", "2").Error, StringComparison.Ordinal);

    [Fact]
    public void No_prompt_is_a_mistake() => CliRun.Of("sample", "--model", tiny.Model).ShouldBeMistake("there is no prompt");

    [Fact]
    public void Infill_takes_a_recipe()
    {
        string recipe = tiny.Write("infill.yaml", $"model: {tiny.Model}\nprompt: who is red ?\njson: true\nsteps: 1\n");
        var row = JsonDocument.Parse(CliRun.Of("infill", "[MASK] is [MASK] .", "--recipe", recipe).Output).RootElement;
        Assert.Equal(1, row.GetProperty("steps").GetInt32());
        CliRun.Of("infill", "[MASK]", "--recipe", recipe, "--steps", "0").ShouldBeMistake("--steps is '0'");
    }

    [Fact]
    public void Infill_calls_texts_what_they_are()
    {
        string tooLong = "[MASK] " + string.Join(' ', Enumerable.Repeat("anna", 70));
        CliRun.Of("infill", "[MASK]", tooLong, "--model", tiny.Model).ShouldBeMistake("error: text 2: the prompt and what is to be written have 71 tokens");
        CliRun.Of("infill", "--prompt", "who ?", "--model", tiny.Model).ShouldBeMistake("there is no text");
        CliRun.Of("infill", "[MASK]", "--file", "x", "--model", tiny.Model).ShouldBeMistake("texts are given both as arguments and by --file");
    }

    [Fact]
    public void Chat_and_raw_contradict() => Sample("hello", "--chat", "--raw").ShouldBeMistake("--chat and --raw");

    [Fact]
    public void A_prompt_longer_than_the_context_is_a_mistake() =>
        Sample(string.Join(' ', Enumerable.Repeat("anna", 70)), "--max-new-tokens", "2").ShouldBeMistake("at most 64");

    [Fact]
    public void A_block_larger_than_the_canvas_is_a_mistake() =>
        Sample("hello", "--max-new-tokens", "4", "--block-size", "5").ShouldBeMistake("block-size is 5", "use at most 4");

    [Fact]
    public void A_token_outside_the_vocabulary_is_a_mistake() =>
        Sample("hello", "--max-new-tokens", "4", "--suppress-tokens", "1000").ShouldBeMistake("1000");

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    public void A_list_of_ids_is_not_empty(string ids) =>
        Sample("hello", "--suppress-tokens", ids).ShouldBeMistake($"--suppress-tokens is '{ids}'", "whole numbers with commas between them");

    [Fact]
    public void A_list_of_ids_does_not_swallow_the_prompt_behind_it() =>
        Assert.Equal(0, Sample("--max-new-tokens", "2", "--suppress-tokens", "5,6", "hello").ExitCode);

    [Fact]
    public void A_mistyped_sampler_is_met_with_the_nearest() =>
        Sample("hello", "--sampler", "mdml").ShouldBeMistake("--sampler is 'mdml'", "edit-flow", "did you mean mdlm?");

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("8")]
    public void Of_many_prompts_the_one_that_is_too_long_is_named_before_any_is_answered(string batch)
    {
        string tooLong = string.Join(' ', Enumerable.Repeat("anna", 70));
        var run = Sample("hello", "ben", "anna", tooLong, "--raw", "--max-new-tokens", "2", "--batch-size", batch);
        run.ShouldBeMistake("prompt 4: the prompt and what is to be written have 72 tokens", "at most 64");
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void Nothing_more_is_sampled_when_nobody_reads_the_output_any_more()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var terminal = new Terminal(new StringReader(""), output, error)
        {
            OutputIsClosed = () => output.ToString().Contains("[2]", StringComparison.Ordinal),
        };
        using var interruption = new Interruption();
        int code = DllmCommandLine.Run(
            ["sample", "hello", "ben", "anna", "--model", tiny.Model, "--max-new-tokens", "2", "--batch-size", "1"], terminal, interruption);
        Assert.Equal((141, ""), (code, error.ToString()));
        Assert.Equal(2, output.ToString().TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("not json", "not valid JSON")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("""{"prompt": true}""", "is True, which is no text")]
    [InlineData("""{"question_text": "hello"}""", "no prompt in any known layout; write {\"prompt\"")]
    [InlineData("""{"messages": []}""", "nothing is asked; write {\"prompt\"")]
    [InlineData("""{"messages": {"role": "user"}}""", "not a list of messages; write [{\"role\"")]
    [InlineData("""{"messages": [{"role": "user", "content": null}]}""", "nothing is asked")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image"}]}]}""", "a part of type 'image', which a text model cannot read")]
    public void A_line_that_is_no_prompt_is_a_mistake(string line, string told) => CliRun
        .Of("sample", "--file", tiny.Write("prompts.jsonl", "{\"prompt\": \"hello\"}\n" + line), "--model", tiny.Model)
        .ShouldBeMistake("line 2", told);

    [Fact]
    public void Files_of_prompts_have_any_layout_of_training_files()
    {
        string plain = Sample("hello", "--max-new-tokens", "2", "--seed", "1").Output;
        string[] rows =
        [
            """{"prompt": "hello"}""", """{"messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]}""",
            """{"conversations": [{"from": "Human", "value": "hello"}]}""", """{"instruction": "hello", "input": "", "output": "ben"}""",
        ];
        foreach (string row in rows)
            Assert.Equal(plain, CliRun.Of("sample", "--file", tiny.Write("one.jsonl", row), "--model", tiny.Model, "--max-new-tokens", "2", "--seed", "1").Output);
        var warned = CliRun.Of("sample", "--file", tiny.Write("two.json", """[{"prompt": "hello", "score": 1, "id": 2}]"""), "--model", tiny.Model, "--max-new-tokens", "2");
        Assert.Contains("warning: the column score of the data is not used", warned.Error);
    }

    [Fact]
    public void A_picture_cannot_take_the_place_of_a_folder() => Sample("hello", "--gif", tiny.Root).ShouldBeMistake("is a folder");

    [Fact]
    public void A_picture_and_a_page_are_two_files() => Sample("hello", "--gif", tiny.At("both"), "--html", Path.Combine(tiny.Root, ".", "both"))
        .ShouldBeMistake($"--gif and --html name the same file '{tiny.At("both")}'", "a file of its own");

    [Fact]
    public void A_template_that_raises_is_a_mistake()
    {
        string template = tiny.Write("raising.jinja", "{{ raise_exception('only whispers, please') }}");
        Sample("hello", "--chat-template", template, "--max-new-tokens", "2").ShouldBeMistake("only whispers, please");
    }

    [Fact]
    public void A_template_that_is_none_is_a_mistake() =>
        Sample("hello", "--chat-template", tiny.Write("broken.jinja", "{% if %}"), "--max-new-tokens", "2").ShouldBeMistake("line 1");

    [Fact]
    public void A_path_without_a_checkpoint_is_a_mistake() => CliRun.Of("sample", "hello", "--model", "/no/such/model").ShouldBeMistake("/no/such/model");

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    public void A_missing_file_is_a_mistake(string file)
    {
        string model = tiny.Copy("without-" + file);
        File.Delete(Path.Combine(model, file));
        CliRun.Of("sample", "hello", "--model", model).ShouldBeMistake("without-" + file);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    public void A_truncated_file_is_a_mistake(string file)
    {
        string model = tiny.Copy("half-" + file), path = Path.Combine(model, file);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        CliRun.Of("sample", "hello", "--model", model).ShouldBeMistake(file);
    }

    [Fact]
    public void A_tokenizer_with_more_tokens_than_the_model_is_a_mistake()
    {
        string model = tiny.Copy("disagreeing");
        File.Copy(Path.Combine(tiny.TokenizerWithMoreWords(), "tokenizer.json"), Path.Combine(model, "tokenizer.json"), overwrite: true);
        CliRun.Of("sample", "hello", "--model", model).ShouldBeMistake("vocab_size is 31", "32 tokens");
    }

    [Fact]
    public void An_unknown_device_is_a_mistake() => Sample("hello", "--device", "tpu").ShouldBeMistake("there is no device 'tpu'");

    private CliRun Sample(params string[] args) => CliRun.Of(["sample", .. args, "--model", tiny.Model]);
}
