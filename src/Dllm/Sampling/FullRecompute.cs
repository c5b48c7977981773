using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>No cache: every step reads the whole of the rows that have something to commit.</summary>
internal sealed class FullRecompute(CanvasReader reader) : ICacheStrategy
{
    public Columns Reads(Canvas canvas, CanvasBlock[] block) => new(0, canvas.Width);

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells) =>
        reader.Read(canvas, CanvasReader.RowsOf(cells), new Columns(0, canvas.Width), cells);

    public void EndBlock(Canvas canvas, CanvasBlock[] block)
    {
    }

    public void Dispose()
    {
    }
}
