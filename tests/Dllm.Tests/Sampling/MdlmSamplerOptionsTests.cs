using Dllm.Sampling;

namespace Dllm.Tests.Sampling;

public class MdlmSamplerOptionsTests
{
    private static readonly MdlmSamplerOptions Defaults = new();

    public static TheoryData<MdlmSamplerOptions, string> Bad() => new()
    {
        { Defaults with { Steps = 0 }, "steps is 0" },
        { Defaults with { MaxNewTokens = 0 }, "max-new-tokens is 0" },
        { Defaults with { MaxLength = -1 }, "max-length is -1" },
        { Defaults with { BlockSize = 0 }, "block-size is 0" },
        { Defaults with { Temperature = -0.1 }, "temperature is -0.1" },
        { Defaults with { Temperature = double.NaN }, "temperature is NaN" },
        { Defaults with { Temperature = double.PositiveInfinity }, "temperature" },
        { Defaults with { CfgScale = -1 }, "cfg-scale is -1" },
        { Defaults with { Remasking = (Remasking)7 }, "remasking is 7" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void OptionsOutOfRangeAreRefused(MdlmSamplerOptions options, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<DllmException>(options.Validate).Message);

    [Fact]
    public void DefaultsAreValidAndAllCount()
    {
        Defaults.Validate();
        Defaults.ValidateTokens(1);
        Assert.Empty(Defaults.FindUnusedTexts());
    }

    [Fact]
    public void UnknownTokensAreNamed()
    {
        Assert.Contains("suppressed token 10", Refusal(Defaults with { SuppressTokens = [3, 10] }));
        Assert.Contains("begin-suppressed token -1", Refusal(Defaults with { BeginSuppressTokens = [-1] }));
        Assert.Contains("guidance keep token 11", Refusal(Defaults with { CfgKeepTokens = [11] }));
        Assert.Contains("all 10 tokens", Refusal(Defaults with { SuppressTokens = [.. Enumerable.Range(0, 10)] }));
        static string Refusal(MdlmSamplerOptions options) => Assert.ThrowsAny<DllmException>(() => options.ValidateTokens(10)).Message;
    }

    [Fact]
    public void NewTokensComeFromTheFirstOptionThatIsSet()
    {
        Assert.Equal(128, Defaults.NewTokens(500));
        Assert.Equal(20, (Defaults with { MaxNewTokens = 20, MaxLength = 10 }).NewTokens(500));
        Assert.Equal(7, (Defaults with { MaxLength = 10 }).NewTokens(3));
        Assert.Contains("10", Assert.ThrowsAny<DllmException>(() => (Defaults with { MaxLength = 10 }).NewTokens(10)).Message);
    }

    [Fact]
    public void ABlockFitsItsCanvas()
    {
        static Canvas Behind(int masks) => Canvas.ForCompletion([[1]], masks, 9, 0);
        Assert.Equal(128, Defaults.BlockSizeFor(Behind(300)));
        Assert.Equal(30, Defaults.BlockSizeFor(Behind(30)));
        Assert.Equal(30, (Defaults with { BlockSize = 30 }).BlockSizeFor(Behind(30)));
        var error = Assert.ThrowsAny<DllmException>(() => (Defaults with { BlockSize = 31 }).BlockSizeFor(Behind(30)));
        Assert.Contains("31", error.Message);
        Assert.Contains("30", error.Remedy);
    }

    // Of texts in a file some are shorter than a block: which of them share a batch must not decide whether they are filled.
    [Fact]
    public void ATextToFillInMayBeShorterThanABlock() =>
        Assert.Equal(3, (Defaults with { BlockSize = 31 }).BlockSizeFor(Canvas.ForInfilling([[1, 9, 2]], 9, 0)));

    [Fact]
    public void OptionsWithoutEffectAreNamed()
    {
        Assert.Contains("max-length", Assert.Single((Defaults with { MaxLength = 9, MaxNewTokens = 3 }).FindUnusedTexts()));
        Assert.Contains("cfg-keep-tokens", Assert.Single((Defaults with { CfgKeepTokens = [1] }).FindUnusedTexts()));
        Assert.Contains("seed", Assert.Single((Defaults with { Seed = 1 }).FindUnusedTexts()));
        Assert.Contains("reference-rng", Assert.Single((Defaults with { ReferenceRng = true }).FindUnusedTexts()));
        var random = Defaults with { Remasking = Remasking.Random, Seed = 1, ReferenceRng = true };
        Assert.Empty(random.FindUnusedTexts());
        Assert.Contains("begin-suppress-tokens", Assert.Single((random with { BeginSuppressTokens = [1] }).FindUnusedTexts()));
        Assert.Empty((Defaults with { Temperature = 1, Seed = 1, CfgScale = 1, CfgKeepTokens = [1] }).FindUnusedTexts());
    }
}
