using System.Runtime.InteropServices;

namespace Dllm.Runtime;

/// <summary>Loads a shared library for the whole process.</summary>
internal static partial class SharedLibrary
{
    private const int Lazy = 1, Now = 2, Global = 0x100; // RTLD_LAZY, RTLD_NOW, RTLD_GLOBAL on Linux

    /// <summary>Loads the library and leaves it loaded.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="error">The loader's own words if it failed, else empty.</param>
    public static bool TryLoad(string path, out string error)
    {
        if (OperatingSystem.IsLinux())
        {
            return TryOpen(path, Now, out error)
                // Another version of libtorch may lack functions that are never called: bind those at their first call.
                || (error.Contains("undefined symbol", StringComparison.Ordinal) && TryOpen(path, Lazy, out error));
        }

        try
        {
            NativeLibrary.Load(path);
            error = "";
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            error = e.Message;
            return false;
        }
    }

    // dlopen itself, because the symbols must be visible to libraries loaded later and the error text says what is missing.
    private static bool TryOpen(string path, int binding, out string error)
    {
        _ = DlError(); // clears an old error, and binds the function: binding it after a failure would overwrite the text
        bool ok = DlOpen(path, binding | Global) != 0;
        error = ok ? "" : Marshal.PtrToStringUTF8(DlError()) ?? "unknown error of the loader";
        return ok;
    }

    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int flags);

    [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
    private static partial nint DlError();
}
