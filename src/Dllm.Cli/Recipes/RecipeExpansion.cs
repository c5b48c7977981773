using System.CommandLine;
using Dllm.Cli.Options;

namespace Dllm.Cli.Recipes;

/// <summary>
/// Puts a recipe's lines behind the command line as options, where it does not give them itself. So a recipe has exactly the names, ranges
/// and messages of the command line, and needs no code of its own.
/// </summary>
internal static class RecipeExpansion
{
    /// <summary>The arguments with the recipe's added.</summary>
    /// <exception cref="DllmException">A key is no option of the verb.</exception>
    public static string[] Expand(string[] args, Recipe recipe, Verb verb, ParseResult given)
    {
        var options = verb.Options.Where(option => option != verb.Recipe && option.Name.StartsWith("--", StringComparison.Ordinal))
            .ToDictionary(option => option.Name[2..]);
        var expanded = new List<string>(args);
        foreach (var entry in recipe.Entries)
        {
            if (!options.TryGetValue(entry.Name, out var option))
            {
                string remedy = NearestName.Of(entry.Name, options.Keys) is { } near
                    ? $"did you mean '{near}'?" : $"see dllm {verb.Name} --help for all names";
                throw new DllmException($"the recipe {recipe.Path}, line {entry.Line}: there is no option '{entry.Name}'", remedy);
            }

            // One word, so that a value may begin with a dash.
            if (!given.IsGiven(option)) expanded.Insert(1, $"{option.Name}={entry.Value}");
        }

        return [.. expanded];
    }
}
