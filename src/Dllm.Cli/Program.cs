using Dllm.Runtime;
using TorchSharp;

NativeRuntime.Load();
Console.WriteLine(NativeRuntime.Description);
Console.WriteLine(torch.ones(3).sum().item<float>());
