using System.CommandLine;
using System.Globalization;
using Dllm.Checkpoints;

namespace Dllm.Cli.Options.Samplers;

/// <summary>
/// What a sampler reads: of each option the value given, else what the checkpoint says, else the sampler's own. What was read is kept, so
/// that it can be shown, and so that a sampler has exactly the options that it reads.
/// </summary>
/// <param name="parsed">The command line.</param>
/// <param name="options">The options that may stand on it.</param>
internal sealed class SamplerSettings(ParseResult parsed, SamplerOptionSet options)
{
    /// <summary>What is shown of a number or list that is not set and has no value otherwise.</summary>
    private const string None = "none";

    private readonly List<(Option Option, string Value)> _inForce = [];
    private readonly List<string> _unused = [];

    /// <summary>The options to read.</summary>
    public SamplerOptionSet Options => options;

    /// <summary>The checkpoint's own defaults, if any.</summary>
    public JsonConfig? Generation { get; init; }

    /// <summary>The seed given, if any.</summary>
    public long? Seed { get; init; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>The options read so far, with the values in force as the user would write them.</summary>
    public IReadOnlyList<(Option Option, string Value)> InForce => _inForce;

    /// <summary>Options that were given but change nothing, one sentence each: what the sampler's own options cannot tell.</summary>
    public IReadOnlyList<string> Unused => _unused;

    /// <summary>Notes that an option changes nothing, which matters where it was given.</summary>
    /// <param name="option">The option.</param>
    /// <param name="beside">Beside what, such as "with a threshold".</param>
    public void Ignore(Option option, string beside)
    {
        if (parsed.IsGiven(option)) _unused.Add($"{option.Name} has no effect {beside}");
    }

    /// <summary>A value, or the sampler's own.</summary>
    public T Get<T>(Option<T?> option, T otherwise)
        where T : struct => Keep(option, parsed.GetValue(option) ?? otherwise);

    /// <summary>A value that may be missing.</summary>
    /// <param name="option">The option.</param>
    /// <param name="shownWithout">What a missing one means.</param>
    public T? Find<T>(Option<T?> option, string shownWithout = None)
        where T : struct
    {
        T? value = parsed.GetValue(option);
        Keep(option, value is null ? shownWithout : Text(value));
        return value;
    }

    /// <summary>A switch.</summary>
    public bool Get(Option<bool> option) => Keep(option, parsed.GetValue(option));

    /// <summary>Token ids.</summary>
    public IReadOnlyList<int> Get(Option<int[]> option)
    {
        int[] ids = parsed.GetValue(option) ?? [];
        Keep(option, ids.Length == 0 ? None : string.Join(',', ids));
        return ids;
    }

    /// <summary>One of some words.</summary>
    public string Get(Option<string> option) => Keep(option, parsed.GetValue(option)!);

    /// <summary>The value of an enumeration.</summary>
    public T GetEnum<T>(Option<string> option)
        where T : struct, Enum
    {
        Get(option);
        return parsed.GetEnum<T>(option);
    }

    /// <summary>The steps: given, the checkpoint's, or the sampler's own.</summary>
    public int Steps(int otherwise) =>
        Keep(options.Steps, parsed.GetValue(options.Steps) ?? Generation?.OptionalInteger("steps", 1) ?? otherwise);

    /// <summary>How many tokens are written behind a prompt, where nothing says how long both are together.</summary>
    public int NewTokens(int otherwise) => Keep(options.MaxNewTokens, FindNewTokens() ?? otherwise);

    /// <summary>How many tokens are written behind a prompt, and how long both are together.</summary>
    /// <param name="otherwise">The new tokens where neither is given; null where there is a length.</param>
    /// <param name="lengthOtherwise">The length where it is not given.</param>
    public (int? NewTokens, int? MaxLength) Length(int? otherwise, int? lengthOtherwise = null)
    {
        int? length = parsed.GetValue(options.MaxLength);
        int? tokens = length is null ? FindNewTokens() : parsed.GetValue(options.MaxNewTokens);
        bool fills = tokens is null && (length ?? lengthOtherwise) is not null;
        Keep(options.MaxNewTokens, fills ? "what max-length leaves" : Text(tokens ?? otherwise));
        Keep(options.MaxLength, (length ?? lengthOtherwise) is int most ? Text(most) : None);
        return (tokens, length);
    }

    private int? FindNewTokens() => parsed.GetValue(options.MaxNewTokens) ?? Generation?.OptionalInteger("max_new_tokens", 1);

    private T Keep<T>(Option option, T value)
    {
        _inForce.Add((option, Text(value)));
        return value;
    }

    private static string Text<T>(T value) => value switch
    {
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
