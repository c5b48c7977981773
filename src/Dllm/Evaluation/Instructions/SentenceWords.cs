namespace Dllm.Evaluation.Instructions;

/// <summary>Words that decide whether a full stop ends a sentence.</summary>
internal static class SentenceWords
{
    // Titles, companies, times, places, and a few more, as the newspapers that Punkt learned from write them: they have no e.g. and i.e.,
    // which therefore end sentences there, and here.
    private static readonly HashSet<string> _abbreviations = Words(
        """
        mr mrs ms dr prof messrs sr jr st lt col gen maj adm sen rep reps
        inc corp co cos ltd bros cie
        jan feb aug sep sept oct nov dec tues wed fri yr
        ala ariz calif colo conn fla ga ill kan ky mich minn nev okla ore pa tenn va vt wash wis
        c d e f g h k l m n p r s t v w
        a.d a.m d.c l.a n.c n.d n.h n.j n.m n.v n.y p.m r.i s.a s.c u.k u.n u.s u.s.a u.s.s.r w.va
        ave ct ft mg vs ph.d m.b.a s.p.a b.v c.v ok chg sw
        """);

    // Words that open sentences and are no names.
    private static readonly HashSet<string> _common = Words(
        """
                the a an this that these those there here he she it we you they his her its our your their my me us them
        i'm it's that's there's he's she's we're you're they're i've we've don't didn't isn't let's         who whom whose what
        which when where why how and or but nor so yet for if then than because since while although though         unless until
        whether as at by in on of off to from with without within about above across after against along among around before
        behind below beneath beside besides between beyond despite down during except inside into like near over per through
        throughout         toward towards under up upon via is are was were be been being am do does did done has have had having
        can could will would shall         should may might must not no yes each every either neither both all any some many much
        more most few less least several other another         such only own same also too very just even still again ever never
        always often sometimes usually now today soon later once first         second third next last finally however therefore
        thus hence moreover furthermore meanwhile nevertheless instead otherwise indeed         perhaps maybe please well one two
        three four five ten everyone everything someone something anyone anything nothing nobody people         make take get give
        go come see look find use keep let try put add think know say said says remember according additionally
        """);

    /// <summary>Whether a word in lower case, without its last full stop, is an abbreviation.</summary>
    public static bool IsAbbreviation(string word) => _abbreviations.Contains(word);

    /// <summary>Whether a word in lower case is a common one.</summary>
    public static bool IsCommon(string word) => _common.Contains(word);

    private static HashSet<string> Words(string text) =>
        new(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
}
