package corolla.swarm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DrainNoticeTest {
    @Test
    void aNoticeIsReadAsItWasWritten() {
        assertThat(DrainNotice.read(new DrainNotice(12.5).write())).hasValue(12.5);
        assertThat(DrainNotice.read(new DrainNotice(0).write())).hasValue(0);
    }

    @Test
    void nothingAndNonsenseAreNone() {
        assertThat(DrainNotice.read(new byte[0])).isEmpty();
        assertThat(DrainNotice.read("rubbish".getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(DrainNotice.read(Pack.of(7).encode())).isEmpty();
        assertThat(DrainNotice.read(Pack.map().put("other", 1).build().encode()))
                .isEmpty();
        assertThat(DrainNotice.read(
                        Pack.map().put(DrainNotice.EXTENSION, "soon").build().encode()))
                .isEmpty();
        assertThat(DrainNotice.read(
                        Pack.map().put(DrainNotice.EXTENSION, -1.0).build().encode()))
                .isEmpty();
        assertThat(DrainNotice.read(Pack.map()
                        .put(DrainNotice.EXTENSION, Double.NaN)
                        .build()
                        .encode()))
                .isEmpty();
    }

    @Test
    void theWishForNoticesTravelsInTheFirstMessage() throws Exception {
        byte[] wished = RequestMetadata.builder().drainNotices(true).build().write();
        assertThat(RequestMetadata.read(wished).wantsDrainNotices()).isTrue();
        byte[] plain = RequestMetadata.builder().drainNotices(false).build().write();
        assertThat(RequestMetadata.read(plain).wantsDrainNotices()).isFalse();
        assertThat(plain)
                .as("stock servers are told nothing")
                .isEqualTo(RequestMetadata.builder().build().write());
    }

    @Test
    void supportIsAnnounced() {
        ServerDetails.Builder builder = ServerDetails.builder();
        assertThat(DrainNotice.isAnnounced(builder.build())).isFalse();
        assertThat(DrainNotice.isAnnounced(builder.extension(DrainNotice.EXTENSION, new Pack.Int(1))
                        .build()))
                .isTrue();
        assertThat(DrainNotice.isAnnounced(builder.extension(DrainNotice.EXTENSION, new Pack.Text("1"))
                        .build()))
                .isFalse();
    }
}
