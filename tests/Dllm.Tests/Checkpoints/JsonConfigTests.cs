using Dllm.Checkpoints;

namespace Dllm.Tests.Checkpoints;

public class JsonConfigTests
{
    private static JsonConfig Parse(string json) => JsonConfig.Parse(json, "config.json");

    [Fact]
    public void ReadsEachType()
    {
        var json = Parse("""{"i":3,"whole":4.0,"n":1e-5,"b":true,"t":"x","list":["a","b"],"none":null,"o":{"i":5}}""");
        Assert.Equal(3, json.Integer("i"));
        Assert.Equal(4, json.Integer("whole"));
        Assert.Equal(1e-5, json.Number("n"));
        Assert.Equal(3, json.Number("i"));
        Assert.True(json.Flag("b"));
        Assert.Equal("x", json.Text("t"));
        Assert.Equal(["a", "b"], json.Texts("list")!);
        Assert.Equal(5, json.Section("o")!.Integer("i"));
        Assert.False(json.Has("none"));
        Assert.Equal(9, json.Integer("none", 9));
        Assert.Null(json.OptionalInteger("none"));
    }

    [Fact]
    public void EachMistakeNamesFileKeyAndValue()
    {
        var json = Parse("""{"i":"three","f":1.5,"big":99999999999,"b":1,"t":[],"list":[1],"o":7}""");
        Wrong(() => json.Integer("absent"), "no 'absent'");
        Wrong(() => json.Integer("i"), "'i' is \"three\" but must be an integer");
        Wrong(() => json.Integer("f"), "'f' is 1.5");
        Wrong(() => json.Integer("big"), "from 0 to 2147483647");
        Wrong(() => json.Flag("b"), "true or false");
        Wrong(() => json.Text("t"), "must be a text");
        Wrong(() => json.Texts("list"), "list of texts");
        Wrong(() => json.Section("o"), "must be an object");
        Wrong(() => json.Number("f", max: 1), "a number from");
        Wrong(() => json.Choice("i", new Dictionary<string, int> { ["one"] = 1, ["two"] = 2 }), "one of one, two");
        Wrong(() => Parse("[]"), "not a JSON object");
        Wrong(() => Parse("{"), "not valid JSON");
        Wrong(() => Parse("""{"a":1,"a":2}""").Integer("a"), "uplicate");
        Wrong(() => JsonConfig.Load("/no/config.json"), "/no/config.json");
    }

    [Fact]
    public void ChangesKeepEveryOtherKeyInItsPlace()
    {
        var json = Parse("""{"z":1,"a":{"x":[1,2.50]},"m":"é<>"}""");
        var changed = json.With("a2", "new").With("z", 2);
        Assert.Equal(
            """
            {
              "z": 2,
              "a": {
                "x": [
                  1,
                  2.50
                ]
              },
              "m": "é<>",
              "a2": "new"
            }

            """,
            changed.ToJson());
        Assert.Equal(1, json.Integer("z"));
    }

    private static void Wrong(Action action, string expected) =>
        Assert.Contains(expected, Assert.Throws<DllmException>(action).Message);
}
