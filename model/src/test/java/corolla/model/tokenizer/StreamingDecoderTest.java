package corolla.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {

    /** Each id is one byte, as byte-level vocabularies have them at worst. */
    private static StreamingDecoder bytes() {
        return new StreamingDecoder(ids -> {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = (byte) ids[i];
            }
            return new String(bytes, StandardCharsets.UTF_8);
        });
    }

    @Test
    void charactersComeOutWhole() {
        StreamingDecoder decoder = bytes();
        StringBuilder text = new StringBuilder();
        for (byte b : "aé€😀z".getBytes(StandardCharsets.UTF_8)) {
            String part = decoder.next(b);
            assertThat(part).doesNotContain("\uFFFD");
            text.append(part);
        }
        assertThat(text.append(decoder.finish())).hasToString("aé€😀z");
    }

    @Test
    void unfinishedBytesComeAtTheEnd() {
        StreamingDecoder decoder = bytes();
        assertThat(decoder.next(0xE2)).isEmpty();
        assertThat(decoder.next(0x82)).isEmpty();
        assertThat(decoder.finish()).isEqualTo("\uFFFD");
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void endlessGarbageDoesNotPileUp() {
        StreamingDecoder decoder = bytes();
        int length = 0;
        for (int i = 0; i < 1_000; i++) {
            length += decoder.next(0xFF).length();
        }
        assertThat(length).isGreaterThan(900);
    }

    @Test
    void leadingSpaceOfALaterTokenStays() {
        StreamingDecoder decoder = new StreamingDecoder(ids -> {
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                text.append(id == 0 ? "" : " w" + id); // id 0 is hidden
            }
            return text.isEmpty() ? "" : text.substring(1); // the decoder strips one space at the start
        });
        assertThat(decoder.next(1) + decoder.next(0) + decoder.next(0) + decoder.next(2) + decoder.next(3))
                .isEqualTo("w1 w2 w3");
    }
}
