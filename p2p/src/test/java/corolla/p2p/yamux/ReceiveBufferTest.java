package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReceiveBufferTest {

    @Test
    void bytesComeOutAsTheyWentIn() {
        SplittableRandom random = new SplittableRandom(4);
        ReceiveBuffer buffer = new ReceiveBuffer();
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < 2000; i++) {
            byte[] piece = new byte[1 + random.nextInt(random.nextInt(5) == 0 ? 5000 : 20)];
            random.nextBytes(piece);
            buffer.add(piece, 0, piece.length);
            in.writeBytes(piece);
            while (!buffer.isEmpty() && random.nextInt(3) > 0) {
                take(buffer, out, 1 + random.nextInt(3000));
            }
        }
        while (!buffer.isEmpty()) {
            take(buffer, out, 700);
        }
        assertThat(out.toByteArray()).isEqualTo(in.toByteArray());
    }

    private static void take(ReceiveBuffer buffer, ByteArrayOutputStream out, int wanted) {
        ReceiveBuffer.Chunk chunk = buffer.first();
        int taken = Math.min(wanted, chunk.count());
        out.write(chunk.bytes, chunk.start, taken);
        buffer.consume(taken);
    }

    @Test
    void singleBytesShareAChunk() {
        ReceiveBuffer buffer = new ReceiveBuffer();
        for (int i = 0; i < 1000; i++) {
            buffer.add(new byte[] {1}, 0, 1);
        }
        assertThat(buffer.first().count()).isEqualTo(1000);
    }
}
