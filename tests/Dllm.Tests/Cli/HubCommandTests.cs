using System.Text.Json.Nodes;
using Dllm.Cli;
using Dllm.Models;
using Dllm.Tests.Checkpoints.Hub;
using Dllm.Tests.Models;

namespace Dllm.Tests.Cli;

/// <summary><c>--model owner/name</c> and <c>dllm inspect</c>, against a hub on this machine.</summary>
public sealed class HubCommandTests : IClassFixture<TinyCheckpoint>, IDisposable
{
    private readonly TinyCheckpoint _tiny;
    private readonly LocalHub _hub = new();
    private readonly string? _cacheBefore = Environment.GetEnvironmentVariable("HF_HUB_CACHE");

    public HubCommandTests(TinyCheckpoint tiny)
    {
        _tiny = tiny;
        foreach (string file in Directory.EnumerateFiles(tiny.Model)) _hub.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        _hub.Large.Add("model.safetensors");
        _hub.Files["pytorch_model.bin"] = [1, 2, 3];
        _hub.Files["modeling_tiny.py"] = [1, 2, 3];
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _hub.Cache); // only this class asks a hub
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _cacheBefore);
        _hub.Dispose();
    }

    [Fact]
    public void A_hub_s_model_is_fetched_opened_and_there_offline_afterwards()
    {
        var local = CliRun.Of("sample", "hello", "--raw", "--max-new-tokens", "3", "--model", _tiny.Model);
        var run = Sample("--hub-endpoint", _hub.Address.ToString());
        Assert.Equal((0, local.Output), (run.ExitCode, run.Output));
        Assert.Contains("model.safetensors: fetching", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.FileRequests, request => Path.GetExtension(request.Path) is ".py" or ".bin");

        int before = _hub.Requests.Count;
        Assert.Equal(local.Output, Sample("--offline").Output);
        Assert.Equal(local.Output, Sample().Output); // no hub can be reached: the cache serves
        Assert.Equal(before, _hub.Requests.Count);
    }

    [Fact]
    public void A_task_s_documents_are_fetched_when_no_folder_has_them()
    {
        using var hub = new LocalHub { IsDataset = true };
        hub.Files["data/test.jsonl"] = """{"question": "where is anna ?", "place": "garden"}"""u8.ToArray();
        _tiny.Write("tasks/where.yaml", """
            task: where
            dataset_path: me/tiny
            test_split: test
            output_type: multiple_choice
            doc_to_text: "{{question}}"
            doc_to_choice: [garden, kitchen]
            doc_to_target: "{{place}}"
            """);
        string[] command = ["eval", "--model", _tiny.Model, "--tasks", "where", "--include-path", _tiny.At("tasks"), "--mc-num", "1"];
        var run = CliRun.Of([.. command, "--output", _tiny.At("out"), "--hub-endpoint", hub.Address.ToString()]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("| where", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, CliRun.Of([.. command, "--output", _tiny.At("again"), "--offline"]).ExitCode);
    }

    [Fact]
    public void Training_reads_a_hub_s_data_set_and_again_offline()
    {
        using var hub = new LocalHub { IsDataset = true };
        hub.Files["train.jsonl"] = """{"messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"yes"}]}"""u8.ToArray();
        string[] command = ["sft", "--model", _tiny.Model, "--dataset", "me/tiny", "--max-steps", "1", "--max-length", "32"];
        var run = CliRun.Of([.. command, "--output-dir", _tiny.At("hub-sft"), "--hub-endpoint", hub.Address.ToString()]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("train.jsonl: fetching", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, CliRun.Of([.. command, "--output-dir", _tiny.At("hub-sft-2"), "--offline"]).ExitCode);
        CliRun.Of("sft", "--model", _tiny.Model, "--dataset", "me/other", "--output-dir", _tiny.At("hub-sft-3"))
            .ShouldBeMistake("there is no data set 'me/other'", "the hub cannot be reached");
        CliRun.Of("tokenizer", "train", "--dataset", "me/other", "--offline", "--output-dir", _tiny.At("hub-sft-4"))
            .ShouldBeMistake("there is no data set 'me/other'", "--offline");
    }

    [Fact]
    public void A_page_s_address_is_a_model_s_name() => Assert.Equal(
        0, CliRun.Of("sample", "hello", "--raw", "--max-new-tokens", "3", "--model", $"{_hub.Address}me/tiny").ExitCode);

    [Fact]
    public void A_name_that_is_nowhere_is_a_mistake()
    {
        Sample().ShouldBeMistake("there is no folder 'me/tiny'", "the hub cannot be reached", "check the network");
        Sample("--offline").ShouldBeMistake("there is no folder 'me/tiny'", "--offline");
        Sample("--hub-endpoint", "hub.test").ShouldBeMistake("--hub-endpoint", "https://");
        _hub.Before = _ => LocalAnswer.Text(404, "");
        Sample("--hub-endpoint", _hub.Address.ToString()).ShouldBeMistake("there is no folder 'me/tiny'", "does not exist");
    }

    [Theory]
    [InlineData("https://[/a/b")]
    [InlineData("https://hub.test:99999/a/b")]
    [InlineData("https://hub.test/datasets/a/b")]
    [InlineData("https://hub.test/a/b?x")]
    [InlineData("ftp://hub.test/a/b")]
    public void An_address_that_is_no_model_s_page_is_a_mistake(string address)
    {
        CliRun.Of("inspect", address).ShouldBeMistake("is not the address of a model's page", "https://HUB/owner/name");
        CliRun.Of("sample", "hello", "--model", address).ShouldBeMistake("is not the address of a model's page");
    }

    [Fact]
    public void A_folder_that_may_not_be_read_is_a_mistake()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "rights bind this user in no folder");
        string folder = Directory.CreateDirectory(_tiny.At("unreadable")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.None);
        CliRun.Of("inspect", folder).ShouldBeMistake("cannot be read", "denied");
        CliRun.Of("eval", "list", "--include-path", folder).ShouldBeMistake("denied", "check who may read");
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_hub_with_a_pickle_only_is_refused_before_anything_is_fetched()
    {
        _hub.Files.Remove("model.safetensors");
        Sample("--hub-endpoint", _hub.Address.ToString()).ShouldBeMistake("pytorch_model.bin", "safe_serialization=True");
        Assert.Empty(_hub.FileRequests);
    }

    [Fact]
    public void An_interruption_says_that_what_arrived_is_kept()
    {
        using var interruption = new Interruption();
        _hub.Before = _ =>
        {
            interruption.Cancel();
            return null;
        };
        var run = CliRun.With(
            interruption, "", new StringWriter(), "sample", "hello", "--model", "me/tiny", "--hub-endpoint", _hub.Address.ToString());
        Assert.Equal(Interruption.ExitCode, run.ExitCode);
        Assert.Contains("the same command goes on from there", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_may_be_a_hub_s()
    {
        string chats = _tiny.Write(
            "chat.jsonl", """{"messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"yes"}]}""");
        var run = CliRun.Of(
            "sft", "--config", _tiny.ConfigFile, "--tokenizer", "me/tiny", "--hub-endpoint", _hub.Address.ToString(), "--dataset", chats,
            "--max-steps", "1", "--max-length", "32", "--output-dir", _tiny.At("hub-out"));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain(_hub.FileRequests, request => request.Path.EndsWith(".safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public void Inspecting_a_folder_and_a_hub_s_model_says_the_same_and_fetches_no_weights()
    {
        var there = JsonNode.Parse(CliRun.Of("inspect", "me/tiny", "--hub-endpoint", _hub.Address.ToString(), "--json").Output)!.AsObject();
        var here = JsonNode.Parse(CliRun.Of("inspect", _tiny.Model, "--json").Output)!.AsObject();
        Assert.Equal("modernbert", (string?)here["model_type"]);
        Assert.Equal((2, 32, 31, 64), ((int)here["layers"]!, (int)here["width"]!, (int)here["vocabulary"]!, (int)here["context"]!));
        Assert.Equal((int)here["parameters"]! * 4, (int)here["stored"]![0]!["bytes"]!);
        Assert.Equal("own", (string?)here["tokenizer"]!["chat_template"]);
        Assert.Equal(4, (int)here["tokenizer"]!["mask_id"]!);
        Assert.Empty(here["faults"]!.AsArray());
        foreach (string own in (string[])["checkpoint", "available_bytes"])
        {
            here.Remove(own);
            there.Remove(own);
        }

        Assert.Equal(here.ToJsonString(), there.ToJsonString());
        Assert.False(File.Exists(Path.Combine(_hub.Repository, "snapshots", LocalHub.Commit, "model.safetensors")));
    }

    [Fact]
    public void Inspecting_a_hub_s_shards_reads_each_header()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Save("bert", folder);
        using (var model = PretrainedModel.Load(folder.Path))
            Dllm.Checkpoints.CheckpointWriter.SaveWeights(folder.Path, model.Denoiser.state_dict(), shardBytes: 8000);
        _hub.Files.Clear();
        foreach (string file in Directory.EnumerateFiles(folder.Path)) _hub.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        string shard = _hub.Files.Keys.First(name => name.StartsWith("model-00002", StringComparison.Ordinal));
        var run = CliRun.Of("inspect", "me/tiny", "--hub-endpoint", _hub.Address.ToString());
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(shard, run.Output, StringComparison.Ordinal);

        _hub.Files.Remove(shard);
        run = CliRun.Of("inspect", "me/tiny", "--hub-endpoint", _hub.Address.ToString());
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"'{shard}' is not in the repository", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspecting_says_all_that_is_wrong_and_exits_with_one()
    {
        string broken = _tiny.Copy("broken");
        File.WriteAllText(Path.Combine(broken, "config.json"), """{"model_type":"modernbert","vocab_size":0}""");
        File.WriteAllBytes(Path.Combine(broken, "model.safetensors"), [1, 2, 3]);
        File.WriteAllText(Path.Combine(broken, "tokenizer.json"), "{");
        var run = CliRun.Of("inspect", broken);
        Assert.Equal(1, run.ExitCode);
        Assert.True(run.Output.Split('\n').Count(line => line.StartsWith("wrong ", StringComparison.Ordinal)) >= 3, run.Output);
        CliRun.Of("sample", "hello", "--model", broken).ShouldBeMistake("things are wrong", "(1)", "(2)", "(3)");
        CliRun.Of("inspect", "/no/such/folder").ShouldBeMistake("/no/such/folder");
        CliRun.Of("inspect", "me/tiny", "--check-values").ShouldBeMistake("--check-values");
    }

    [Fact]
    public void Inspecting_finds_values_that_are_not_finite_where_asked()
    {
        Assert.Contains("all finite", CliRun.Of("inspect", _tiny.Model, "--check-values").Output, StringComparison.Ordinal);
        string broken = _tiny.Copy("nan");
        byte[] bytes = File.ReadAllBytes(Path.Combine(broken, "model.safetensors"));
        (bytes[^2], bytes[^1]) = (0x80, 0x7F); // the last float becomes infinite
        File.WriteAllBytes(Path.Combine(broken, "model.safetensors"), bytes);
        Assert.Contains("NaN or infinity in model.", CliRun.Of("inspect", broken, "--check-values").Output, StringComparison.Ordinal);
        var run = CliRun.Of("sample", "hello", "--raw", "--max-new-tokens", "1", "--model", broken);
        Assert.Contains("warning: 1 of", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_is_read_as_python_reads_it()
    {
        using var home = new TemporaryFolder();
        File.WriteAllText(home.File("token"), " hf_file \n");
        var variables = new Dictionary<string, string> { ["HF_HOME"] = home.Path };
        var options = HubEnvironment.Read(variables.GetValueOrDefault);
        Assert.Equal((home.File("hub"), "hf_file", false), (options.CacheDirectory, options.Token, options.Offline));
        Assert.Equal("https://huggingface.co/", options.Endpoint!.ToString());
        Assert.Equal(NoNetwork.Endpoint, Environment.GetEnvironmentVariable("HF_ENDPOINT"));

        variables["HF_HUB_CACHE"] = "/cache";
        variables["HF_TOKEN"] = "hf_variable";
        variables["HF_ENDPOINT"] = "https://hub.test/";
        variables["HF_HUB_OFFLINE"] = "1";
        options = HubEnvironment.Read(variables.GetValueOrDefault);
        Assert.Equal(("/cache", "hf_variable", true), (options.CacheDirectory, options.Token, options.Offline));
        Assert.Equal("https://hub.test/", options.Endpoint!.ToString());

        foreach (string address in (string[])["hub.test", "https://", "ftp://hub.test", "https://me:secret@hub.test", "https://hub.test:0", "https://hub.test/?a=b", "/tmp"])
        {
            variables["HF_ENDPOINT"] = address;
            Assert.Contains("HF_ENDPOINT", Assert.Throws<DllmException>(() => HubEnvironment.Read(variables.GetValueOrDefault)).Message);
        }

        options = HubEnvironment.Read(name => name == "XDG_CACHE_HOME" ? home.Path : null);
        Assert.Equal(Path.Combine(home.Path, "huggingface", "hub"), options.CacheDirectory);
    }

    private static CliRun Sample(params string[] more) =>
        CliRun.Of(["sample", "hello", "--raw", "--max-new-tokens", "3", "--model", "me/tiny", .. more]);
}
