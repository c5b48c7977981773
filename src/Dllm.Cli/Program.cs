Console.WriteLine("dllm");
