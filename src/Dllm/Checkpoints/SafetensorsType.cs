namespace Dllm.Checkpoints;

/// <summary>The element types of the safetensors format, by the names that headers use.</summary>
public enum SafetensorsType
{
#pragma warning disable CS1591 // the names are the documentation
    BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64,
#pragma warning restore CS1591
}
