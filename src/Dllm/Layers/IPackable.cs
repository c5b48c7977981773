namespace Dllm.Layers;

/// <summary>A layer that can hold its matrix in the layout of faster kernels besides.</summary>
internal interface IPackable
{
    /// <summary>Whether it does; false forgets what was packed.</summary>
    bool Packs { set; }
}
