package corolla.server.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.model.block.StackAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterTableTest {
    @TempDir
    Path folder;

    private AdaptedBlocks golden;
    private AdapterTable table;
    private long bytesOfOne;

    @BeforeEach
    void start() throws IOException {
        golden = new AdaptedBlocks(folder);
        table = new AdapterTable(() -> golden.blocks, AdapterLimits.defaults());
        AdaptedBlocks.load(table, "cats", golden.all);
        bytesOfOne = table.bytes();
    }

    @AfterEach
    void stop() {
        table.close();
        golden.close();
    }

    private StackAdapter adapter(AdapterLease lease) {
        return Objects.requireNonNull(lease.adapter());
    }

    private boolean isFreed(StackAdapter adapter) throws IOException, InterruptedException {
        try {
            return golden.forward(adapter).length == 0;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    @Test
    void plainModelNeedsNoAdapter() {
        assertThat(table.lease("")).contains(AdapterLease.NONE);
        assertThat(table.lease("dogs")).isEmpty();
    }

    @Test
    void adaptersAreUsedSideBySide() throws Exception {
        AdaptedBlocks.load(table, "dogs", golden.some);
        assertThat(table.names()).containsExactly("cats", "dogs");
        try (AdapterLease cats = table.lease("cats").orElseThrow();
                AdapterLease dogs = table.lease("dogs").orElseThrow()) {
            float[] plain = golden.forward(null);
            assertThat(golden.forward(cats.adapter())).isNotEqualTo(plain);
            assertThat(golden.forward(dogs.adapter())).isNotEqualTo(plain);
            assertThat(golden.forward(cats.adapter())).isNotEqualTo(golden.forward(dogs.adapter()));
        }
    }

    @Test
    void removedOneServesItsLastLeaseAndIsFreedThen() throws Exception {
        AdapterLease lease = table.lease("cats").orElseThrow();
        StackAdapter cats = adapter(lease);
        float[] before = golden.forward(cats);
        assertThat(table.remove("cats")).isTrue();
        assertThat(table.remove("cats")).isFalse();
        assertThat(table.lease("cats")).isEmpty();
        assertThat(table.names()).isEmpty();
        assertThat(golden.forward(cats)).isEqualTo(before);
        assertThat(table.bytes()).isEqualTo(bytesOfOne);
        lease.close();
        lease.close(); // once more does no harm
        assertThat(table.bytes()).isZero();
        assertThat(isFreed(cats)).isTrue();
    }

    @Test
    void replacedOneIsSeenByNewRequestsOnly() throws Exception {
        try (AdapterLease old = table.lease("cats").orElseThrow()) {
            float[] before = golden.forward(old.adapter());
            AdaptedBlocks.load(table, "cats", golden.some);
            assertThat(golden.forward(old.adapter())).isEqualTo(before);
            try (AdapterLease fresh = table.lease("cats").orElseThrow()) {
                assertThat(golden.forward(fresh.adapter())).isNotEqualTo(before);
            }
        }
        assertThat(table.bytes()).isLessThan(bytesOfOne);
    }

    @Test
    void limitsRefuseBeforeMemoryIsKept() throws Exception {
        var few = AdapterLimits.defaults().withMemory(2, bytesOfOne + bytesOfOne / 2);
        try (var bounded = new AdapterTable(() -> golden.blocks, few)) {
            AdaptedBlocks.load(bounded, "cats", golden.all);
            assertThatThrownBy(() -> AdaptedBlocks.load(bounded, "dogs", golden.all))
                    .isInstanceOf(AdapterRefusedException.class)
                    .hasMessageContaining("dogs")
                    .hasMessageContaining(bytesOfOne + " of the " + few.bytesMax() + " bytes");
            assertThat(bounded.bytes()).isEqualTo(bytesOfOne);
            AdaptedBlocks.load(bounded, "birds", golden.some);
            assertThatThrownBy(() -> AdaptedBlocks.load(bounded, "fish", golden.some))
                    .hasMessageContaining("2 are allowed");
            bounded.remove("cats");
            AdaptedBlocks.load(bounded, "fish", golden.some);
            assertThat(bounded.names()).containsExactly("birds", "fish");
        }
    }

    @Test
    void namesAreChecked() {
        for (String name : List.of("", "  ", "a\nb", "x".repeat(257))) {
            assertThatThrownBy(() -> AdaptedBlocks.load(table, name, golden.all))
                    .isInstanceOf(AdapterRefusedException.class)
                    .hasMessageContaining("printable");
        }
    }

    @Test
    void closedTableFreesAllAndTakesNothing() throws Exception {
        AdapterLease lease = table.lease("cats").orElseThrow();
        StackAdapter cats = adapter(lease);
        table.close();
        assertThat(isFreed(cats)).isTrue();
        assertThat(table.lease("cats")).isEmpty();
        assertThatThrownBy(() -> AdaptedBlocks.load(table, "dogs", golden.all)).hasMessageContaining("shutting down");
        lease.close();
        assertThat(table.bytes()).isZero();
    }

    /** Requests compute with it while it is removed and loaded again and again: no request ever sees memory that is gone. */
    @Test
    void removalUnderLoadTakesNothingFromThoseWhoCompute() throws Exception {
        float[] expected = forwardWith("cats").orElseThrow();
        try (TaskScope scope = golden.real.environment().tasks().open("requests")) {
            List<Task<Integer>> requests = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                requests.add(scope.fork("request " + i, () -> answered(expected)));
            }
            Task<@Nullable Void> operator = scope.run("operator", () -> {
                for (int i = 0; i < 60; i++) {
                    table.remove("cats");
                    AdaptedBlocks.load(table, "cats", golden.all);
                }
            });
            Deadline soon = Deadline.after(golden.real.environment().clock(), Duration.ofMinutes(2));
            operator.await(soon);
            for (Task<Integer> request : requests) {
                assertThat(request.await(soon)).isPositive();
            }
        }
        assertThat(table.bytes()).isEqualTo(bytesOfOne);
    }

    /** How many of some requests were not refused; all of those were right. */
    private int answered(float[] expected) throws IOException, InterruptedException {
        int answered = 0;
        for (int i = 0; i < 60 || answered == 0; i++) {
            Optional<float[]> output = forwardWith("cats");
            if (output.isPresent()) {
                assertThat(output.get()).isEqualTo(expected);
                answered++;
            }
        }
        return answered;
    }

    private Optional<float[]> forwardWith(String name) throws IOException, InterruptedException {
        Optional<AdapterLease> lease = table.lease(name);
        if (lease.isEmpty()) {
            return Optional.empty();
        }
        try (AdapterLease held = lease.get()) {
            return Optional.of(golden.forward(held.adapter()));
        }
    }
}
