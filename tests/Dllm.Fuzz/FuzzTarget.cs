using System.Text;

namespace Dllm.Fuzz;

/// <summary>A reader and what it is tried with.</summary>
/// <param name="Name">Its name, one word.</param>
/// <param name="Seeds">Sound inputs, from which others are made; at least one.</param>
/// <param name="Read">Reads an input; the second argument is an empty folder to write files to.</param>
internal sealed record FuzzTarget(string Name, Lazy<IReadOnlyList<byte[]>> Seeds, Action<byte[], string> Read)
{
    /// <summary>Words of the format, put in at random.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Makes whole inputs up, from a grammar; null where only seeds are changed.</summary>
    public Func<FuzzRandom, string>? Grammar { get; init; }

    /// <summary>A reader of text.</summary>
    public static FuzzTarget OfText(string name, IReadOnlyList<string> seeds, Action<string> read) =>
        new(name, new(() => [.. seeds.Select(Encoding.UTF8.GetBytes)]), (bytes, _) => read(Encoding.UTF8.GetString(bytes)));

    /// <summary>A reader of a file in a folder, besides which others may lie.</summary>
    public static FuzzTarget OfFile(string name, string file, IReadOnlyList<byte[]> seeds, Action<string> read) => new(name, new(() => seeds), (bytes, folder) =>
    {
        var path = Path.Combine(folder, file);
        File.WriteAllBytes(path, bytes);
        read(path);
    });

    /// <summary>The input of a number: the same for the same seed everywhere.</summary>
    public byte[] Input(ulong seed, int index)
    {
        var random = new FuzzRandom(seed, Name, index);
        if (index < Seeds.Value.Count)
            return Seeds.Value[index]; // first the sound ones
        var isNew = Grammar is not null && random.Next(4) != 0;
        var made = isNew ? Encoding.UTF8.GetBytes(Grammar!(random)) : random.Of(Seeds.Value);
        if (isNew && random.Next(3) != 0)
            return made;
        return new Mutator(random, Seeds.Value, Words).Change(made);
    }
}

/// <summary>Numbers that depend on the seed, the reader and the input alone (SplitMix64).</summary>
internal sealed class FuzzRandom
{
    private ulong _state;

    public FuzzRandom(ulong seed, string name, int index)
    {
        _state = seed * 0x9E3779B97F4A7C15;
        foreach (var c in name)
            _state = (_state ^ c) * 0x100000001B3;
        _state ^= (ulong)index << 20;
        NextWord();
    }

    public ulong NextWord()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below <paramref name="end"/>, which is at least 1.</summary>
    public int Next(int end) => (int)(NextWord() % (ulong)end);

    public T Of<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>A length: mostly short, sometimes long.</summary>
    public int Length(int most) => Math.Min(most, 1 << Next(1 + (int)Math.Log2(Math.Max(1, most)))) is var bound ? Next(bound) + 1 : 1;
}
