using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>
/// Makes options whose range stands in one place: it is checked, and told in the help. Numbers are read and shown as in code, whatever
/// the system's language.
/// </summary>
internal static class CliOption
{
    /// <summary>A text.</summary>
    public static Option<string?> Text(string name, string description, string shownAs) =>
        new(name) { Description = description, HelpName = shownAs };

    /// <summary>The name of a file or folder, or another name that cannot be empty.</summary>
    public static Option<string?> Path(string name, string description, string shownAs) => new(name)
    {
        Description = description,
        HelpName = shownAs,
        CustomParser = result => result.Tokens[0].Value is { Length: > 0 } path && !path.Contains('\0') ? path : Fail<string?>(result, $"a name: {shownAs}"),
    };

    /// <summary>A switch: present means true; <c>--name false</c> is allowed, so that the command line can overrule a recipe.</summary>
    public static Option<bool> Switch(string name, string description, bool byDefault = false) => new(name)
    {
        Description = byDefault ? $"{description} (on unless {name} false)" : description,
        DefaultValueFactory = _ => byDefault,
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ParseSwitch,
    };

    /// <summary>A switch whose value where it is not given is another's to say.</summary>
    public static Option<bool?> OptionalSwitch(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => ParseSwitch(result),
    };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Integer(string name, string description, int byDefault, int least = 0, int most = int.MaxValue) => new(name)
    {
        Description = $"{description} ({Range(least, most)})",
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => ParseInteger(result, least, most),
    };

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> OptionalInteger(string name, string description, int least = 0, int most = int.MaxValue) => new(name)
    {
        Description = $"{description} ({Range(least, most)})",
        HelpName = "N",
        CustomParser = result => ParseInteger(result, least, most),
    };

    /// <summary>A whole number of 64 bits that may be left out.</summary>
    public static Option<long?> OptionalLong(string name, string description) => new(name)
    {
        Description = $"{description} (0 or more)",
        HelpName = "N",
        CustomParser = result => long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : Fail<long>(result, "a whole number of 0 or more"),
    };

    /// <summary>A number that may be left out; 0 or more unless another range is given.</summary>
    public static Option<double?> OptionalNumber(string name, string description, NumberRange? range = null) => new(name)
    {
        Description = $"{description} ({range ?? new NumberRange()})",
        HelpName = "X",
        CustomParser = result => ParseNumber(result, range ?? new NumberRange()),
    };

    /// <summary>A number with a default.</summary>
    public static Option<double> Number(
        string name, string description, double byDefault, double least = 0, double most = double.PositiveInfinity) => new(name)
        {
            Description = $"{description} ({new NumberRange(least, most)})",
            HelpName = "X",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => ParseNumber(result, new NumberRange(least, most)),
        };

    /// <summary>One of some words; hyphens and underscores are the same.</summary>
    public static Option<string> Choice(string name, string description, string byDefault, params string[] words) =>
        Choice(name, description, byDefault, words, new Dictionary<string, string>());

    /// <summary>One of some words, some of which have short names too; the value is the word.</summary>
    public static Option<string> Choice(
        string name, string description, string byDefault, string[] words, IReadOnlyDictionary<string, string> shortNames)
    {
        var option = new Option<string>(name)
        {
            Description = $"{description} ({string.Join(", ", words)})",
            HelpName = "NAME",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                string said = result.Tokens[0].Value;
                string given = Spelled(shortNames.GetValueOrDefault(said, said));
                if (words.FirstOrDefault(word => Spelled(word) == given) is { } known) return known;
                string? near = NearestName.Of(given, words.Select(Spelled));
                string hint = near is null ? "" : $" (did you mean {words.First(word => Spelled(word) == near)}?)";
                return Fail<string>(result, $"one of {string.Join(", ", words)}{hint}");
            },
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>One of the values of an enumeration, by its name in snake_case.</summary>
    public static Option<string> Enumeration<T>(string name, string description, T byDefault = default)
        where T : struct, Enum => Choice(name, description, SnakeCase(byDefault), [.. Enum.GetValues<T>().Select(SnakeCase)]);

    /// <summary>The value of an option made by <see cref="Enumeration"/>.</summary>
    public static T GetEnum<T>(this ParseResult parsed, Option<string> option)
        where T : struct, Enum => Enum.GetValues<T>().First(value => SnakeCase(value) == parsed.GetValue(option));

    /// <summary>Whole numbers of 0 or more, at least one where it is given, with commas between them.</summary>
    public static Option<int[]> Integers(string name, string description) => new(name)
    {
        Description = $"{description} (whole numbers with commas between them)",
        HelpName = "N,N,…",
        DefaultValueFactory = _ => [],
        CustomParser = ParseIntegers,
    };

    /// <summary>Words with commas between them.</summary>
    public static Option<string[]> Words(string name, string description, string shownAs) => new(name)
    {
        Description = description,
        HelpName = shownAs,
        DefaultValueFactory = _ => [],
        CustomParser = result =>
            result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    };

    /// <summary>Whether the user (or a recipe) gave the option.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The value that an option has, given or by default, for a report; null where it has none.</summary>
    public static string? Shown(this ParseResult parsed, Option option) => parsed.GetResult(option) switch
    {
        null => null,
        { Implicit: false, Tokens: { Count: > 0 } given } => string.Join(' ', given.Select(token => token.Value)),
        { Implicit: false } => "true", // a switch alone
        var result => result.GetValueOrDefault<object>() switch
        {
            bool flag => flag ? "true" : "false",
            string[] words => words.Length > 0 ? string.Join(',', words) : null,
            var value => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null,
        },
    };

    private static string Spelled(string word) => word.Replace('-', '_');

    private static bool ParseSwitch(ArgumentResult result) => result.Tokens.Count == 0 ? true : result.Tokens[0].Value.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => Fail<bool>(result, "true or false"),
    };

    private static string SnakeCase<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static int ParseInteger(ArgumentResult result, int least, int most) =>
        int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
        && value >= least && value <= most
            ? value : Fail<int>(result, $"a whole number: {Range(least, most)}");

    private static int[] ParseIntegers(ArgumentResult result)
    {
        var values = new List<int>();
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (!int.TryParse(word, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out int value))
                return Fail<int[]>(result, "whole numbers with commas between them");
            values.Add(value);
        }

        return values.Count > 0 ? [.. values] : Fail<int[]>(result, "whole numbers with commas between them");
    }

    private static T Fail<T>(ArgumentResult result, string wanted)
    {
        string name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
        result.AddError($"{name} is '{string.Join(' ', result.Tokens.Select(token => token.Value))}'; give {wanted}");
        return default!;
    }

    private static double ParseNumber(ArgumentResult result, NumberRange range) =>
        double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && range.Contains(value)
            ? value : Fail<double>(result, $"a number: {range}");

    private static NumberRange Range(int least, int most) => new(
        least == int.MinValue ? double.NegativeInfinity : least, most == int.MaxValue ? double.PositiveInfinity : most);
}
