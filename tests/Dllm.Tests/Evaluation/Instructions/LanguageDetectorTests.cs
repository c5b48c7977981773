using Dllm.Evaluation.Instructions;

namespace Dllm.Tests.Evaluation.Instructions;

public sealed class LanguageDetectorTests
{
    // Our own sentences.
    [Theory]
    [InlineData("en", "The weather is fine today and we will go for a walk along the river.")]
    [InlineData("es", "Hoy hace buen tiempo y vamos a dar un paseo por la orilla del río.")]
    [InlineData("pt", "Hoje o tempo está bom e nós vamos passear na margem do rio.")]
    [InlineData("fr", "Il fait beau aujourd'hui et nous allons nous promener le long de la rivière.")]
    [InlineData("de", "Heute ist das Wetter schön und wir gehen am Fluss spazieren.")]
    [InlineData("it", "Oggi il tempo è bello e andiamo a fare una passeggiata lungo il fiume.")]
    [InlineData("pl", "Dzisiaj jest ładna pogoda i pójdziemy na spacer nad rzekę.")]
    [InlineData("vi", "Hôm nay thời tiết đẹp và chúng tôi sẽ đi dạo bên bờ sông.")]
    [InlineData("sw", "Leo hali ya hewa ni nzuri na tutatembea kando ya mto pamoja na watoto wetu.")]
    [InlineData("fi", "Tänään sää on kaunis ja me menemme kävelylle joen rannalle.")]
    [InlineData("ru", "Сегодня хорошая погода, и мы пойдём гулять вдоль реки. Это было бы приятно.")]
    [InlineData("uk", "Сьогодні гарна погода, і ми підемо гуляти вздовж річки.")]
    [InlineData("bg", "Днес времето е хубаво и ще се разходим край реката, където е тихо като в сън.")]
    [InlineData("ar", "الطقس جميل اليوم وسوف نذهب في نزهة على ضفة النهر")]
    [InlineData("fa", "امروز هوا خوب است و ما برای پیاده‌روی به کنار رودخانه می‌رویم")]
    [InlineData("ur", "آج موسم اچھا ہے اور ہم دریا کے کنارے سیر کے لیے جائیں گے")]
    [InlineData("he", "היום מזג האוויר יפה ואנחנו נלך לטייל לאורך הנהר")]
    [InlineData("hi", "आज मौसम अच्छा है और हम नदी के किनारे घूमने जाएंगे")]
    [InlineData("mr", "आज हवामान छान आहे आणि आम्ही नदीच्या काठी फिरायला जाऊ")]
    [InlineData("ne", "आज मौसम राम्रो छ र हामी नदीको किनारमा घुम्न जान्छौं")]
    [InlineData("bn", "আজ আবহাওয়া ভালো এবং আমরা নদীর ধারে হাঁটতে যাব")]
    [InlineData("pa", "ਅੱਜ ਮੌਸਮ ਚੰਗਾ ਹੈ ਅਤੇ ਅਸੀਂ ਨਦੀ ਦੇ ਕਿਨਾਰੇ ਸੈਰ ਕਰਾਂਗੇ")]
    [InlineData("gu", "આજે હવામાન સારું છે અને અમે નદી કિનારે ફરવા જઈશું")]
    [InlineData("ta", "இன்று வானிலை நன்றாக உள்ளது நாங்கள் ஆற்றங்கரையில் நடப்போம்")]
    [InlineData("te", "ఈ రోజు వాతావరణం బాగుంది మేము నది ఒడ్డున నడుస్తాము")]
    [InlineData("kn", "ಇಂದು ಹವಾಮಾನ ಚೆನ್ನಾಗಿದೆ ನಾವು ನದಿಯ ದಡದಲ್ಲಿ ನಡೆಯುತ್ತೇವೆ")]
    [InlineData("ml", "ഇന്ന് കാലാവസ്ഥ നല്ലതാണ് ഞങ്ങൾ നദിയുടെ തീരത്ത് നടക്കും")]
    [InlineData("th", "วันนี้อากาศดีและเราจะไปเดินเล่นริมแม่น้ำ")]
    [InlineData("ko", "오늘은 날씨가 좋아서 우리는 강을 따라 산책할 것입니다")]
    [InlineData("ja", "今日は天気が良いので、私たちは川沿いを散歩します")]
    [InlineData("zh-cn", "今天天气很好，我们要去河边散步")]
    [InlineData("en", "THE WEATHER IS FINE TODAY AND WE WILL GO FOR A WALK.")]
    [InlineData(null, "123 ... !?")]
    public void Languages(string? language, string text) => Assert.Equal(language, LanguageDetector.Detect(text));
}
