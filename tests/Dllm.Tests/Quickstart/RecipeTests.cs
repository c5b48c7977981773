using Dllm.Cli.Quickstart;
using Dllm.Data;

namespace Dllm.Tests.Quickstart;

/// <summary>The quickstart's settings.</summary>
public class RecipeTests
{
    [Fact]
    public void Answers_are_filled_up_with_padding_that_is_learnt_and_prompts_are_not()
    {
        var filled = QuickstartRecipe.Fill(new TokenizedSample([7, 8, 9, 10], [-100, -100, 9, 10], PromptLength: 2), padding: 0);
        Assert.Equal([7, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], filled.Ids);
        Assert.Equal([-100, -100, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], filled.Labels);
    }

    [Fact]
    public void Settings_are_within_their_ranges()
    {
        QuickstartRecipe.Training("runs/x", seed: 1, QuickstartRecipe.Steps).Validate();
        QuickstartRecipe.Objective.Validate();
        QuickstartRecipe.Sampling(3).Validate();
    }
}
