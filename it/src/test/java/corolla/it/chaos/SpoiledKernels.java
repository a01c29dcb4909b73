package corolla.it.chaos;

import corolla.base.compute.Member;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Kernels that miscalculate when they are told to: in the middle of a span, so that what follows and what is handed on is wrong too. Stateless. */
final class SpoiledKernels {
    private SpoiledKernels() {}

    /** @param kernels of a team of one: others might write the same values */
    static Kernels around(Kernels kernels, Spoils spoils) {
        return Between.of(Kernels.class, (method, arguments) -> {
            Object result = Between.pass(kernels, method, arguments);
            // What a block adds to its hidden states.
            if (method.getName().equals("multiplyAdd")) {
                requireAlone((Member) Objects.requireNonNull(arguments[0]));
                spoil(spoils.take(spoil -> spoil != Spoil.SHAPE), (Tensor) Objects.requireNonNull(arguments[3]));
            }
            return result;
        });
    }

    private static void requireAlone(Member member) {
        if (member.size() != 1) {
            throw new IllegalArgumentException("kernels are spoiled for a team of one, not of " + member.size());
        }
    }

    /** @param hidden (rows, hiddenSize) f32 */
    private static void spoil(@Nullable Spoil spoil, Tensor hidden) {
        switch (spoil) {
            case null -> {}
            case NAN -> set(hidden, Float.NaN);
            case INFINITY -> set(hidden, Float.NEGATIVE_INFINITY);
            case ABSURD -> set(hidden, 1e30f);
            case FLIP -> flip(hidden);
            case SHAPE -> throw new IllegalArgumentException("kernels keep shapes");
        }
    }

    private static void set(Tensor hidden, float value) {
        hidden.data().setAtIndex(Tensor.FLOAT, 0, value);
    }

    private static void flip(Tensor hidden) {
        MemorySegment row = hidden.data();
        long columns = hidden.shape().size(hidden.shape().rank() - 1);
        for (long i = 0; i < columns; i += 2) {
            row.setAtIndex(Tensor.FLOAT, i, -row.getAtIndex(Tensor.FLOAT, i));
        }
    }
}
