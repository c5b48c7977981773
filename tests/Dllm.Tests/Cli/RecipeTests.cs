using Dllm.Cli.Recipes;

namespace Dllm.Tests.Cli;

public sealed class RecipeTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Scalars_lists_and_both_spellings_are_read()
    {
        var recipe = Recipe.Parse("r.yaml", "learning_rate: 1e-4\nsuppress-tokens: [1, 2]\nresume: true\nmodel: null\ncfg_keep_tokens: []\n");
        Assert.Equal(
            [new RecipeEntry("learning-rate", "1e-4", 1), new("suppress-tokens", "1,2", 2), new("resume", "true", 3)], recipe.Entries);
    }

    [Fact]
    public void An_empty_recipe_changes_nothing() => Assert.Empty(Recipe.Parse("r.yaml", "# nothing\n").Entries);

    [Fact]
    public void An_unknown_key_names_the_nearest() =>
        Run("stpes: 4\n").ShouldBeMistake("line 1", "there is no option 'stpes'", "did you mean 'steps'?");

    [Fact]
    public void A_bad_value_is_refused_as_on_the_command_line() => Run("steps: 0\n").ShouldBeMistake("--steps is '0'", "1 to 1000000");

    [Fact]
    public void The_command_line_wins() => Run("steps: 0\n", "--steps", "3").ShouldBeMistake("/no/such/model");

    [Fact]
    public void Malformed_yaml_is_a_mistake() => Run("steps: [1\n").ShouldBeMistake("is not valid YAML");

    [Fact]
    public void A_nested_mapping_is_a_mistake() => Run("sampler:\n  steps: 3\n").ShouldBeMistake("line 2", "'sampler'");

    [Fact]
    public void A_missing_recipe_is_a_mistake() =>
        CliRun.Of("sample", "hello", "--recipe", "/no/such/recipe.yaml").ShouldBeMistake("/no/such/recipe.yaml");

    private CliRun Run(string yaml, params string[] more)
    {
        File.WriteAllText(_file, yaml);
        return CliRun.Of(["sample", "hello", "--model", "/no/such/model", "--recipe", _file, .. more]);
    }
}
