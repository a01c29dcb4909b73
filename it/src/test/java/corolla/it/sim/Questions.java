package corolla.it.sim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Prompts and what one process alone answers to them, computed once. Immutable. */
final class Questions {
    static final int TOKENS_MAX = 24;
    private static final int PROMPT_TOKENS_MAX = 12;
    private static final int VOCABULARY = 256;

    private final List<Question> all;

    /** @param answer the first {@link #TOKENS_MAX} tokens of the greedy answer */
    private record Question(int[] prompt, int[] answer) {}

    /** One question and how much of the answer is wanted. */
    record Wanted(int[] prompt, int[] answer) {}

    Questions(TinyModel model, int count) throws IOException, InterruptedException {
        RandomGenerator random = new SplittableRandom(5);
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = random.ints(random.nextInt(1, PROMPT_TOKENS_MAX), 0, VOCABULARY)
                    .toArray();
            questions.add(new Question(prompt, model.greedy(prompt, TOKENS_MAX)));
        }
        all = List.copyOf(questions);
    }

    /** One at random, of any length. */
    Wanted draw(RandomGenerator random) {
        return draw(random, random.nextInt(4, TOKENS_MAX + 1));
    }

    /** One at random, of so many tokens. */
    Wanted draw(RandomGenerator random, int tokens) {
        Question question = all.get(random.nextInt(all.size()));
        return new Wanted(question.prompt, Arrays.copyOf(question.answer, tokens));
    }
}
