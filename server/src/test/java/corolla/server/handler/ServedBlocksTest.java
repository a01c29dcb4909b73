package corolla.server.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Task;
import corolla.base.time.Clock;
import corolla.swarm.Span;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** In virtual time. */
class ServedBlocksTest {
    private static final Span ALL = new Span(0, 6);
    private static final Span KEPT = new Span(2, 6);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static ServedBlocks served(Clock clock) {
        var blocks = new ServedBlocks(clock);
        blocks.open(ALL);
        return blocks;
    }

    @Test
    void narrowingConcernsOnlyThoseWhoUseWhatGoes() {
        SimulatedWorld.run(1, world -> {
            ServedBlocks blocks = served(world.clock());
            ServedBlocks.Use stays = blocks.enter(new Span(3, 5));
            ServedBlocks.Use goes = blocks.enter(new Span(1, 3));
            assertThat(blocks.secondsLeft(new Span(1, 3))).isEmpty();
            blocks.narrow(KEPT, world.within(MINUTE), "is moving");
            world.clock().sleep(Duration.ofSeconds(20));
            assertThat(blocks.secondsLeft(new Span(1, 3))).hasValue(40);
            assertThat(blocks.secondsLeft(new Span(3, 5))).isEmpty();
            assertThat(blocks.awaitUnused(world.within(Duration.ofSeconds(1)))).isFalse();
            goes.close();
            assertThat(blocks.awaitUnused(world.within(Duration.ofSeconds(1)))).isTrue();
            stays.close();
        });
    }

    @Test
    void newRequestsAreRefusedWithTheReason() {
        SimulatedWorld.run(2, world -> {
            ServedBlocks blocks = served(world.clock());
            blocks.narrow(KEPT, world.within(MINUTE), "is moving to other blocks");
            assertThatThrownBy(() -> blocks.enter(new Span(1, 3)))
                    .isInstanceOf(RequestException.class)
                    .hasMessage("Remote peer does not serve blocks 1:3 any longer: it is moving to other blocks");
            blocks.enter(KEPT).close();
            blocks.narrow(null, world.within(MINUTE), "is draining");
            assertThatThrownBy(() -> blocks.enter(KEPT)).hasMessageContaining("draining");
            assertThat(blocks.span()).isEmpty();
            blocks.open(ALL);
            blocks.enter(ALL).close();
            assertThat(blocks.secondsLeft(ALL)).isEmpty();
        });
    }

    @Test
    void whoHasNotLeftIsInterruptedAndOnlyThat() {
        SimulatedWorld.run(3, world -> {
            ServedBlocks blocks = served(world.clock());
            Task<@Nullable Boolean> goes = world.tasks().open("goes").fork("goes", () -> use(world, blocks, 0, 1));
            Task<@Nullable Boolean> stays = world.tasks().open("stays").fork("stays", () -> use(world, blocks, 2, 3));
            world.clock().sleep(Duration.ofSeconds(1));
            blocks.narrow(KEPT, world.within(MINUTE), "is moving");
            assertThat(blocks.cut(MINUTE)).isTrue();
            assertThat(goes.await(world.within(MINUTE))).as("was cut").isTrue();
            assertThat(stays.isDone()).isFalse();
        });
    }

    /** Returns whether it was cut. */
    private static boolean use(SimulatedWorld world, ServedBlocks blocks, int start, int end) throws RequestException {
        try (ServedBlocks.Use use = blocks.enter(new Span(start, end))) {
            try {
                world.clock().sleep(Duration.ofHours(1));
                return false;
            } catch (InterruptedException e) {
                return use.wasCut();
            }
        }
    }
}
