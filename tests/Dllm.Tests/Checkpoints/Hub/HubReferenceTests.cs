using Dllm.Checkpoints.Hub;

namespace Dllm.Tests.Checkpoints.Hub;

public class HubReferenceTests
{
    [Theory]
    [InlineData("me/tiny", "me/tiny", "main")]
    [InlineData("me/tiny@v1.0", "me/tiny", "v1.0")]
    [InlineData("me/tiny@refs/pr/3", "me/tiny", "refs/pr/3")]
    [InlineData("A_b-1/C.d_2-e", "A_b-1/C.d_2-e", "main")]
    [InlineData("https://hub.test/me/tiny", "me/tiny", "main")]
    [InlineData("https://hub.test/me/tiny/", "me/tiny", "main")]
    [InlineData("https://hub.test/me/tiny/tree/dev", "me/tiny", "dev")]
    public void NamesAreRead(string text, string name, string revision)
    {
        var reference = HubReference.TryParse(text)!;
        Assert.Equal((name, revision), (reference.Name, reference.Revision));
        Assert.Equal(text.StartsWith("https", StringComparison.Ordinal) ? new Uri("https://hub.test") : null, reference.Endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tiny")]
    [InlineData("/me/tiny")]
    [InlineData("./tiny")]
    [InlineData("../tiny")]
    [InlineData("~/tiny")]
    [InlineData("me/tiny/x")]
    [InlineData("me/..")]
    [InlineData("me/ti..ny")]
    [InlineData("me/ti--ny")]
    [InlineData("me\\tiny")]
    [InlineData("me/tiny\n")]
    [InlineData("me/tiny@")]
    [InlineData("me/tiny@..")]
    [InlineData("me/tiny@../../x")]
    [InlineData("me/tiny@/etc")]
    [InlineData("me/tiny@a//b")]
    [InlineData("C:/tiny")]
    [InlineData("https://user:secret@hub.test/me/tiny")]
    [InlineData("https://hub.test/me")]
    [InlineData("https://hub.test/datasets/me/tiny")]
    [InlineData("ftp://hub.test/me/tiny")]
    [InlineData("https://[/a/b")]
    [InlineData("https://[::1/a/b")]
    [InlineData("https://hub.test:99999/a/b")]
    [InlineData("https://hub.test:x/a/b")]
    [InlineData("https://hub test/a/b")]
    [InlineData("https:///a/b")]
    [InlineData("https://hub.test/a/b?x=1")]
    [InlineData("https://hub.test/a/../b")]
    [InlineData("https://hub.test/a/b/c")]
    [InlineData("https://%/a/b")]
    public void PathsAndNonsenseAreNone(string text) => Assert.Null(HubReference.TryParse(text));

    [Fact]
    public void DataSetsHaveNamesToo()
    {
        Assert.Equal("me/rows", HubReference.TryParse("https://hub.test/datasets/me/rows", HubKind.Dataset)!.Name);
        Assert.Equal(HubKind.Dataset, HubReference.TryParse("me/rows", HubKind.Dataset)!.Kind);
    }

    [Fact]
    public void OptionsAreCheckedAndKeepTheirSecret()
    {
        var options = new HubOptions { CacheDirectory = "x", Token = "hf_secret" };
        options.Validate();
        Assert.DoesNotContain("secret", options.ToString());
        Assert.Throws<DllmException>(() => (options with { Endpoint = new Uri("ftp://hub.test") }).Validate());
        Assert.Throws<DllmException>(() => (options with { Token = "a\r\nHost: b" }).Validate());
        Assert.Throws<DllmException>(() => (options with { Connections = 0 }).Validate());
        Assert.Throws<DllmException>(() => (options with { CacheDirectory = " " }).Validate());
    }
}
