namespace Dllm.Layers;

/// <summary>The wavelengths of rotary positions.</summary>
/// <param name="Theta">The base: feature pair i turns by θ^(-2i/width) radians a token.</param>
/// <param name="Width">How many features of a head turn: even, usually all.</param>
/// <param name="Scaling">A change of the wavelengths, or null.</param>
public sealed record RotaryOptions(double Theta, int Width, RotaryScaling? Scaling = null);
