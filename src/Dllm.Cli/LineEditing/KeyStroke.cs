namespace Dllm.Cli.LineEditing;

/// <summary>A key, or text that was typed or pasted.</summary>
/// <param name="Text">The text; null where it is a key.</param>
/// <param name="Key">The key.</param>
/// <param name="Modifiers">What was held down with it.</param>
internal readonly record struct KeyStroke(string? Text, ConsoleKey Key = ConsoleKey.None, ConsoleModifiers Modifiers = ConsoleModifiers.None)
{
    /// <summary>A key with Ctrl.</summary>
    public static KeyStroke Control(ConsoleKey key) => new(null, key, ConsoleModifiers.Control);
}

/// <summary>Where keys come from.</summary>
internal interface IKeySource
{
    /// <summary>Whether a key is there already.</summary>
    bool IsAvailable { get; }

    /// <summary>The next key.</summary>
    ConsoleKeyInfo Read();

    /// <summary>Begins to take keys for a line, Ctrl-C among them; ends when disposed.</summary>
    IDisposable Begin();
}
