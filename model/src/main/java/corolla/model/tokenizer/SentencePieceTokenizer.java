package corolla.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * SentencePiece BPE, as Llama 1 and 2 and the first Mistral have it: metadata has pieces with scores, from which the
 * merges follow. A piece may be merged from any two pieces; the higher its score, the earlier.
 */
final class SentencePieceTokenizer {
    private static final String SPACE = "\u2581"; // the sign that SentencePiece writes for a space

    private SentencePieceTokenizer() {}

    /** Two pieces that may become one, and the score of that one. */
    private record Merge(String left, String right, double score) {}

    static void describe(GgufVocabulary vocabulary, ObjectNode root) throws CheckpointException {
        root.set("normalizer", normalizer(root.objectNode(), vocabulary.flag("add_space_prefix", true)));
        root.putNull("pre_tokenizer");
        decoder(root.putObject("decoder"), vocabulary.flag("add_space_prefix", true));
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE");
        vocabulary.special("unknown").ifPresent(text -> model.put("unk_token", text));
        model.put("fuse_unk", true);
        model.put("byte_fallback", true);
        ObjectNode ids = model.putObject("vocab");
        Map<String, Integer> idOf = new HashMap<>();
        List<String> tokens = vocabulary.tokens();
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
            idOf.put(tokens.get(id), id);
        }
        ArrayNode merges = model.putArray("merges");
        for (Merge merge : merges(vocabulary, idOf)) {
            merges.addArray().add(merge.left).add(merge.right);
        }
    }

    private static List<Merge> merges(GgufVocabulary vocabulary, Map<String, Integer> idOf) throws CheckpointException {
        List<String> tokens = vocabulary.tokens();
        List<Double> scores = vocabulary.reals("scores");
        if (scores.size() != tokens.size()) {
            throw new CheckpointException(
                    vocabulary.path() + ": " + tokens.size() + " tokens with " + scores.size() + " scores");
        }
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (vocabulary.isType(id, GgufVocabulary.NORMAL)) {
                merges.addAll(mergesOf(tokens.get(id), scores.get(id), idOf));
            }
        }
        merges.sort(Comparator.comparingDouble(Merge::score)
                .thenComparingInt(merge -> merge.left.length())
                .thenComparingInt(merge -> merge.right.length())
                .reversed());
        return merges;
    }

    private static List<Merge> mergesOf(String piece, double score, Map<String, Integer> idOf) {
        List<Merge> merges = new ArrayList<>();
        for (int cut = piece.offsetByCodePoints(0, piece.isEmpty() ? 0 : 1);
                cut < piece.length();
                cut = piece.offsetByCodePoints(cut, 1)) {
            String left = piece.substring(0, cut);
            String right = piece.substring(cut);
            if (idOf.containsKey(left) && idOf.containsKey(right)) {
                merges.add(new Merge(left, right, score));
            }
        }
        return merges;
    }

    private static ObjectNode normalizer(ObjectNode normalizer, boolean spaceFirst) {
        normalizer.put("type", "Sequence");
        ArrayNode steps = normalizer.putArray("normalizers");
        if (spaceFirst) {
            steps.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        ObjectNode replace = steps.addObject().put("type", "Replace");
        replace.putObject("pattern").put("String", " ");
        replace.put("content", SPACE);
        return normalizer;
    }

    private static void decoder(ObjectNode decoder, boolean spaceFirst) {
        decoder.put("type", "Sequence");
        ArrayNode steps = decoder.putArray("decoders");
        ObjectNode replace = steps.addObject().put("type", "Replace");
        replace.putObject("pattern").put("String", SPACE);
        replace.put("content", " ");
        steps.addObject().put("type", "ByteFallback");
        steps.addObject().put("type", "Fuse");
        if (spaceFirst) {
            steps.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
    }
}
