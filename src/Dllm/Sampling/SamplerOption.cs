namespace Dllm.Sampling;

/// <summary>
/// An option of one or more samplers, described once: name, values, what it does, and the property of <see cref="SamplerOptions"/> that
/// holds it. The command line, recipes, chat settings, reports and documentation are made from these.
/// </summary>
public abstract class SamplerOption
{
    private protected SamplerOption(string name, string description) => (Name, Description) = (name, description);

    /// <summary>Its name, words with hyphens between them: <c>max-new-tokens</c>.</summary>
    public string Name { get; }

    /// <summary>What it does and when to use it, without a full stop.</summary>
    public string Description { get; }

    /// <summary>Whether it says how much is written after a prompt, which texts to fill in say by themselves.</summary>
    public bool IsLength { get; private init; }

    /// <summary>The values in words, such as "a whole number: 1 or more".</summary>
    public abstract string Accepts { get; }

    /// <summary>What stands for a value in a help text; null for a switch, which needs none.</summary>
    public abstract string? Placeholder { get; }

    /// <summary>The words that may be given, where there are some words only.</summary>
    public abstract IReadOnlyList<string> Words { get; }

    /// <summary>The options with this one changed.</summary>
    /// <param name="options">Options of a sampler that has this one.</param>
    /// <param name="text">The value as it is given on a command line or in a recipe.</param>
    /// <exception cref="DllmException">The text is no such value, or out of range.</exception>
    public abstract SamplerOptions Set(SamplerOptions options, string text);

    /// <summary>The value as it would be given; null where it is not set.</summary>
    public abstract string? Find(SamplerOptions options);

    /// <summary>Checks that the value is in range.</summary>
    /// <exception cref="DllmException">It is not.</exception>
    internal abstract void Check(SamplerOptions options);

    /// <summary>Describes an option.</summary>
    /// <typeparam name="TOptions">The options that hold it.</typeparam>
    /// <typeparam name="T">The type of its value.</typeparam>
    /// <param name="name">Its name, words with hyphens between them.</param>
    /// <param name="description">What it does and when to use it, without a full stop.</param>
    /// <param name="values">The values that it takes.</param>
    /// <param name="get">Reads the property.</param>
    /// <param name="set">The options with the property changed.</param>
    /// <param name="isLength">Whether it says how much is written after a prompt.</param>
    public static SamplerOption Of<TOptions, T>(
        string name, string description, OptionValue<T> values, Func<TOptions, T> get, Func<TOptions, T, TOptions> set,
        bool isLength = false)
        where TOptions : SamplerOptions => new Described<TOptions, T>(name, description, values, get, set) { IsLength = isLength };

    private sealed class Described<TOptions, T>(
        string name, string description, OptionValue<T> values, Func<TOptions, T> get, Func<TOptions, T, TOptions> set)
        : SamplerOption(name, description)
        where TOptions : SamplerOptions
    {
        public override string Accepts => values.Accepts;

        public override string? Placeholder => values.Placeholder;

        public override IReadOnlyList<string> Words => values.Words;

        public override SamplerOptions Set(SamplerOptions options, string text)
        {
            if (values.TryParse(text, out var value) && values.Contains(value)) return set((TOptions)options, value);
            string? near = NearestName.Of(text, Words);
            throw new SamplerOptionException(this, $"is '{text}'", $"give {values.Accepts}" + (near is null ? "" : $" (did you mean {near}?)"));
        }

        public override string? Find(SamplerOptions options) => values.Format(get((TOptions)options));

        internal override void Check(SamplerOptions options)
        {
            var value = get((TOptions)options);
            if (!values.Contains(value)) throw new SamplerOptionException(this, $"is {values.Format(value)}", $"give {values.Accepts}");
        }
    }
}

/// <summary>An option that was set but changes nothing.</summary>
/// <param name="Option">The option.</param>
/// <param name="Reason">Beside what it changes nothing, such as "without a cache".</param>
public sealed record UnusedOption(SamplerOption Option, string Reason)
{
    /// <summary>One sentence, without a full stop.</summary>
    public override string ToString() => $"{Option.Name} has no effect {Reason}";
}
