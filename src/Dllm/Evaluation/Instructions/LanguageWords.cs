namespace Dllm.Evaluation.Instructions;

/// <summary>The most frequent words of languages that share a script, and letters that few of them have.</summary>
internal static class LanguageWords
{
    private static readonly Dictionary<string, HashSet<string>> _latin = Table(
        ("en", """
            the of and to in is that for it as was with be by on not he his but are this have from or had an they
            which you were all her she there would their we him been has when who will no more if out so what up said
            its about than into them can only other time new some could these two may first then do any like my now
            over such our even most me after also your how many
            """),
        ("es", """
            de la que el en y los se del las un por con no una su para es al lo como más pero sus le ya o este sí
            porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno
            les ni contra otros ese eso ante ellos e esto mí antes algunos qué unos yo otro está son ser
            """),
        ("pt", """
            de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu
            sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos
            ter seus quem nas me esse eles estão você são
            """),
        ("fr", """
            de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec son
            ou mais comme nous on vous je leur si sa ses cette aux d'un être fait ont elle tout deux même aussi bien
            où très était c'est l'on
            """),
        ("it", """
            di e il la che in un a per è una sono mi con non si da lo ma le i del della ha gli al ci come se dei nel
            alla più questo anche io o dalla degli delle nella quando era cosa mio suo tutto sua perché molto essere
            hanno ogni
            """),
        ("de", """
            der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er
            hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor
            zur bis mehr durch man sein wurde wenn ich wir kann
            """),
        ("pl", """
            w i z na nie do że się to o jak za co jest po tak od ale przez czy dla ja już tym być jej jego są było
            przy który tylko lub może też która które będzie ich jako oraz aby bardzo
            """),
        ("vi", """
            và của là có cho không được một các trong người với những đã để này từ khi đến như cũng ra nhiều về bạn
            tôi thì sẽ làm vào phải nhưng chúng
            """),
        ("sw", """
            na ya wa kwa ni katika za la cha kuwa hii yake kama hiyo au kwamba ili pia lakini sana yao watu wote huo
            hilo wake moja wako bila zaidi vya mimi wewe ambao ambayo hivyo kila
            """),
        ("fi", """
            ja on ei se että oli hän mutta ovat kuin myös joka niin ole tai mitä sen kun jos olla voi ne ovat vain
            sitä siitä tämä nyt minä kanssa hänen sekä jotka olen mukaan
            """),
        ("nl", """
            de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit nog naar heeft
            hij door over ze worden wordt kan geen deze
            """),
        ("sv", "och att det i en som är på för med den av inte till ett han om har de jag var men sig så från vi kan när nu"),
        ("da", "og at det i en er til på den af for med ikke der et som de har var jeg fra kan vi men sig han om hvad"),
        ("ro", "și de în a la cu o nu este pe că mai un din pentru sa se care au fost sunt ce prin dar această"),
        ("tr", "ve bir bu da de için ile ne çok daha olarak gibi en kadar olan var ama sonra her değil ben o şey"),
        ("id", """
            yang dan di untuk dengan dari ini pada adalah dalam tidak itu akan ke saya kami mereka juga atau bisa
            karena oleh sebagai
            """),
        ("cs", "a se v na je že to s z do i o jako za pro by ale po jsou které který k byl jeho od tak"),
        ("hu", "a az és hogy nem is egy ez meg csak volt de ha van már mint vagy aki még el azt mert"));

    private static readonly Dictionary<string, HashSet<string>> _devanagari = Table(
        ("hi", """
            है हैं के का की में और से को पर यह था थी थे हो एक नहीं भी कि जो ने तो लिए कर साथ अपने इस हम आप मैं वह रहा
            रही गया तक कुछ जब या करने
            """),
        ("mr", """
            आहे आहेत आणि या च्या हे ते ही मी तो ती एक नाही होते होता होती असे असून मध्ये पण तर काही त्या त्याच्या
            आपल्या आम्ही तुम्ही केले करून साठी झाले
            """),
        ("ne", """
            छ छन् र को मा का हो पनि यो गर्न गर्ने भएको लागि हुन्छ थियो थिए तर एक ले बाट गरेको गर्दै त्यो म हामी तपाईं
            यस भने भन्ने उनी नै
            """));

    // Letters of few languages count as words do.
    private static readonly (string Language, string Letters)[] _letters =
    [
        ("vi", "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ"), ("pl", "ąęłżźćńś"), ("de", "ßü"), ("pt", "ãõ"),
        ("es", "ñ¿¡"), ("fr", "çœêèàùû"), ("fi", "ä"), ("sv", "å"), ("da", "øæ"), ("ro", "țșă"),
        ("tr", "ğışİ"), ("cs", "ěřůžčš"), ("hu", "őű"), ("it", "òì"),
    ];

    /// <summary>The language of a text in Latin letters; English where nothing says otherwise.</summary>
    public static string Latin(string text) => Best(text, _latin, "en");

    /// <summary>The language of a text in Devanagari; Hindi where nothing says otherwise.</summary>
    public static string Devanagari(string text) => Best(text, _devanagari, "hi");

    private static string Best(string text, Dictionary<string, HashSet<string>> table, string fallback)
    {
        text = text.ToLowerInvariant();
        var words = text.Split([.. " \t\r\n.,;:!?()[]{}\"*_-–—…«»“”„।#/"], StringSplitOptions.RemoveEmptyEntries);
        var scores = table.ToDictionary(entry => entry.Key, entry => (double)words.Count(entry.Value.Contains));
        if (table.ContainsKey("en"))
        {
            foreach (var (language, letters) in _letters) scores[language] += 0.5 * text.Count(letters.Contains);
        }

        var best = scores.Values.Max();
        return best <= 0 || scores[fallback] == best ? fallback : scores.First(score => score.Value == best).Key;
    }

    private static Dictionary<string, HashSet<string>> Table(params ReadOnlySpan<(string Language, string Words)> entries)
    {
        var table = new Dictionary<string, HashSet<string>>();
        foreach (var (language, words) in entries)
            table.Add(language, new(words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal));
        return table;
    }
}
