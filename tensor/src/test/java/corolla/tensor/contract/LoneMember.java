package corolla.tensor.contract;

import corolla.base.compute.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One of several members, run one after another on the test's thread: operations never wait, so that is allowed. */
public record LoneMember(int index, int size) implements Member {

    @Override
    public void barrier() {
        throw new AssertionError("an operation waited for other members");
    }

    /** Runs {@code body} as every member of a team of {@code size}, the last first. */
    public static void all(int size, Consumer<Member> body) {
        List<Member> members = new ArrayList<>();
        for (int i = size - 1; i >= 0; i--) {
            members.add(new LoneMember(i, size));
        }
        members.forEach(body);
    }
}
