using Dllm.Checkpoints;

namespace Dllm.Cli.Display.Export;

/// <summary>Writes a recording as an animated picture.</summary>
/// <param name="texts">How tokens read.</param>
internal sealed class GifExport(TokenTexts texts)
{
    private const int MostFrames = 240;
    private const int FrameTime = 16; // hundredths of a second
    private const int FirstFrameTime = 120;
    private const int LastFrameTime = 250;

    /// <summary>
    /// Writes the picture: of each run the canvas before the first step, every step where there are not too many, else every second, third
    /// and so on, and the last.
    /// </summary>
    /// <exception cref="DllmException">The file cannot be written, or the system has no font.</exception>
    public void Save(string path, DenoisingRecording recording)
    {
        int every = (recording.Runs.Sum(run => run.Frames.Count) + MostFrames - 1) / MostFrames;
        if (every == 0) return;
        using var painter = new FramePainter(texts, recording.Runs);
        AtomicFile.Write(path, stream =>
        {
            var gif = new GifWriter(stream, painter.Size.Width, painter.Size.Height);
            foreach (var run in recording.Runs)
            {
                foreach (var frame in run.Frames)
                {
                    bool isLast = frame == run.Frames[^1];
                    if (isLast || frame.Step % every == 0)
                        gif.Write(painter.Paint(run, frame), isLast ? LastFrameTime : frame.Step == 0 ? FirstFrameTime : FrameTime);
                }
            }

            gif.Finish();
        });
    }
}
