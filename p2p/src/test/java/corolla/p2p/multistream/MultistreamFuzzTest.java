package corolla.p2p.multistream;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated negotiations end in agreement or an {@code IOException}, with no more bytes written than asked for. */
@Timeout(300)
class MultistreamFuzzTest {
    private static final Deadline UNUSED = new Deadline(0);
    private static final int ROUNDS = 16;

    @Test
    void responderSurvives() throws InterruptedException {
        Mutations mutations = new Mutations(1);
        byte[] good = Mutations.join(
                MultistreamMessages.encode("/multistream/1.0.0", "/a", "/b", "/noise"), new byte[] {1, 2, 3});
        int agreed = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            ScriptedStream stream = new ScriptedStream(
                    mutations.mutate(good), 1 + mutations.random().nextInt(40));
            try {
                Multistream.select(MultistreamTest.duplex(stream), "/noise"::equals, ROUNDS, UNUSED);
                agreed++;
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull().hasSizeLessThan(1500);
            }
            assertThat(stream.written().length).isLessThan(20 + 3 * (ROUNDS + 1) + 10);
        }
        assertThat(agreed).isBetween(1, Mutations.count() - 1);
    }

    @Test
    void initiatorSurvives() throws InterruptedException {
        Mutations mutations = new Mutations(2);
        byte[] good = Mutations.join(MultistreamMessages.encode("/multistream/1.0.0", "/noise"), new byte[300]);
        for (int i = 0; i < Mutations.count(); i++) {
            ScriptedStream stream = new ScriptedStream(
                    mutations.mutate(good), 1 + mutations.random().nextInt(40));
            try {
                Multistream.propose(MultistreamTest.duplex(stream), "/noise", "peer", UNUSED);
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull().hasSizeLessThan(1500);
            }
        }
    }
}
