using System.CommandLine;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

public sealed class OptionNamesTests
{
    private static readonly Command Training = new("sft") { new Option<string>("--output-dir"), new Option<bool>("--resume"), new Option<int>("--max-steps") };

    [Theory]
    [InlineData("choose another output_dir, then `resume`", "choose another --output-dir, then --resume")]
    [InlineData("`max_steps` is 3", "--max-steps is 3")]
    [InlineData("(output_dir)", "(--output-dir)")]
    [InlineData("`block_size` is 3", "block_size is 3")] // no option of this command
    [InlineData("beside max-steps", "beside --max-steps")]
    [InlineData("begin-of-sequence", "begin-of-sequence")]
    [InlineData("vocab_size is 31", "vocab_size is 31")]
    [InlineData("resume output", "resume output")]
    [InlineData("'/a/output_dir/b' and output_dir/c, my-max_steps, 'max_steps', max_steps.json", "'/a/output_dir/b' and output_dir/c, my-max_steps, 'max_steps', max_steps.json")]
    [InlineData("--output-dir stays", "--output-dir stays")]
    [InlineData("", "")]
    public void Names_in_code_become_the_flags_of_the_command(string message, string told) => Assert.Equal(told, OptionNames.AsFlags(message, Training));
}
