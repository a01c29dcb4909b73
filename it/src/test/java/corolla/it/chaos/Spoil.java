package corolla.it.chaos;

import java.util.List;
import java.util.Random;

/** How a server's answer is wrong. */
enum Spoil {
    /** One hidden state is no number, and soon all of its token are. */
    NAN,
    /** One is infinite. */
    INFINITY,
    /** One is beyond all measure. */
    ABSURD,
    /** The answer has another size than what was asked. */
    SHAPE,
    /** Every second one has the other sign: nothing about the answer itself is wrong. */
    FLIP;

    private static final List<Spoil> IMPOSSIBLE = List.of(NAN, INFINITY, ABSURD, SHAPE);

    /** One that nobody can take for right. */
    static Spoil impossible(Random random) {
        return IMPOSSIBLE.get(random.nextInt(IMPOSSIBLE.size()));
    }
}
