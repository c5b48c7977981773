using Dllm.Evaluation.Functions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>How many sentences, paragraphs and words there are, and what a paragraph begins with.</summary>
internal static class LengthInstructions
{
    public static InstructionCheck Sentences(InstructionArguments arguments)
    {
        var relation = arguments.Relation("relation", "num_sentences");
        return response => relation(SentenceSplitter.Split(response).Count);
    }

    public static InstructionCheck Words(InstructionArguments arguments)
    {
        var relation = arguments.Relation("relation", "num_words");
        return response => relation(ResponseWords.Count(response));
    }

    /// <summary>Paragraphs with *** between them: an empty one counts nowhere but within, where it is wrong.</summary>
    public static InstructionCheck Paragraphs(InstructionArguments arguments)
    {
        var wanted = arguments.Number("num_paragraphs");
        return response =>
        {
            var paragraphs = ResponseMarks.Divided(response);
            bool[] empty = [.. paragraphs.Select(paragraph => DocumentColumns.Strip(paragraph).Length == 0)];
            return !empty.Skip(1).SkipLast(1).Any(isEmpty => isEmpty) && empty.Count(isEmpty => !isEmpty) == wanted;
        };
    }

    /// <summary>Paragraphs with an empty line between them, one of them with a first word.</summary>
    public static InstructionCheck FirstWord(InstructionArguments arguments)
    {
        int wanted = arguments.Number("num_paragraphs"), number = arguments.Number("nth_paragraph");
        var first = PythonCase.Lower(arguments.Text("first_word"));
        if (number > wanted)
            throw new DllmException($"the first word of paragraph {number} of {wanted} is asked for", "lower nth_paragraph");
        return response =>
        {
            var paragraphs = response.Split("\n\n");
            var count = paragraphs.Count(paragraph => DocumentColumns.Strip(paragraph).Length > 0);
            if (count != wanted || DocumentColumns.Strip(paragraphs[number - 1]) is not { Length: > 0 } paragraph) return false;
            var word = new string([.. paragraph.TakeWhile(c => !PythonText.IsWhitespace(c))]).TrimStart('\'').TrimStart('"');
            return PythonCase.Lower(new string([.. word.TakeWhile(c => c is not ('.' or ',' or '?' or '!' or '\'' or '"'))])) == first;
        };
    }
}
