package corolla.tensor;

import corolla.base.compute.Member;
import java.util.function.Consumer;

/** One member of a team whose others ran before or will run after: for operations, which have no barriers inside. */
public record SoloMember(int index, int size) implements Member {

    /** Lets every member of a team of {@code size} do its share, one after the other. */
    public static void each(int size, Consumer<Member> operation) {
        for (int index = 0; index < size; index++) {
            operation.accept(new SoloMember(index, size));
        }
    }

    @Override
    public void barrier() {
        throw new IllegalStateException("an operation waited at a barrier");
    }
}
