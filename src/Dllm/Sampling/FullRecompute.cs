using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>No cache: every step reads the whole of the rows that have something to commit.</summary>
internal sealed class FullRecompute(CanvasReader reader) : ISharedStrategy
{
    public CanvasReader Reader => reader;

    public Columns Reads(Canvas canvas, CanvasBlock[] block) => new(0, canvas.Width);

    public Reading Ask(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells) =>
        new(reader, canvas, CanvasReader.RowsOf(cells), new Columns(0, canvas.Width), cells);

    public Tensor Answer(Tensor? logits) => logits!;

    public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells) => reader.Read(Ask(canvas, block, cells));

    public void EndBlock(Canvas canvas, CanvasBlock[] block)
    {
    }

    public void Dispose()
    {
    }
}
