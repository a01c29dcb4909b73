package corolla.base.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharingTest {
    private final RealEnvironment real = RealEnvironment.create(1);

    @AfterEach
    void close() {
        real.close();
    }

    private Sharing among(int threads) {
        return Sharing.among(real.environment().tasks(), real.environment().clock(), threads);
    }

    @Test
    void everyPieceIsDoneOnce() throws Exception {
        var counts = new AtomicIntegerArray(1000);
        among(4).run(1000, piece -> counts.incrementAndGet((int) piece));
        for (int i = 0; i < counts.length(); i++) {
            assertThat(counts.get(i)).as("piece %s", i).isEqualTo(1);
        }
    }

    /** Two pieces that wait for each other end only when they run at the same time. */
    @Test
    void piecesRunBesideEachOther() throws Exception {
        var both = new CountDownLatch(2);
        among(2).run(2, piece -> {
            both.countDown();
            try {
                both.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        assertThat(both.getCount()).isZero();
    }

    @Test
    void failureIsTheCallersAndEndsTheRest() {
        for (int threads : new int[] {1, 3}) {
            var done = new AtomicInteger();
            assertThatThrownBy(() -> among(threads).run(1_000_000, piece -> {
                        if (piece == 5) {
                            throw new IOException("piece 5 is broken");
                        }
                        done.incrementAndGet();
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("piece 5 is broken");
            assertThat(done.get()).as("%s threads", threads).isLessThan(1_000_000);
        }
    }

    @Test
    void nothingIsNothing() throws Exception {
        among(3).run(0, piece -> {
            throw new IOException("there is no piece " + piece);
        });
    }
}
