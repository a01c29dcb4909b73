package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.server.ServerLimits;
import corolla.server.cache.CacheLease;
import corolla.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
    @TempDir
    Path folder;

    private TinyServer server;
    private Rehearsal rehearsal;

    @BeforeEach
    void start() throws IOException {
        server = new TinyServer(folder, DType.F32, ServerLimits.defaults());
        rehearsal = new Rehearsal(server.model, server.inference, server.environment.clock(), TinyServer.peer(9));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void nothingOfItIsLeft() throws Exception {
        long free = server.cache.bytesFree();
        assertThat(rehearsal.run()).isPositive();
        assertThat(server.inference.sessions()).isZero();
        assertThat(server.cache.bytesFree()).isEqualTo(free);
    }

    @Test
    void withoutRoomThereIsNone() throws Exception {
        long all = server.cache.bytesFree();
        long most = all / 100 * server.limits.cachePerPeerPercent();
        try (CacheLease _ = server.cache.lease(CALLER, most, Duration.ZERO)) {
            assertThat(rehearsal.run()).isZero();
        }
        assertThat(server.cache.bytesFree()).isEqualTo(all);
    }

    @Test
    void withoutBlocksThereIsNone() throws Exception {
        server.model.blocks().narrow(null, Deadline.after(server.environment.clock(), Duration.ZERO), "stops");
        assertThat(rehearsal.run()).isZero();
    }
}
