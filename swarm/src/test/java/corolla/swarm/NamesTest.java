package corolla.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {

    @Test
    void uidsComeBackFromTheirText() throws Exception {
        for (String text : List.of("TinyLLama-v0-hf.0", "bigscience/bloom-560m-petals.23", "m.999999")) {
            assertThat(BlockUid.parse(text)).hasToString(text);
        }
    }

    @Test
    void textsThatAreNoUidsAreRefused() {
        for (String text : List.of("", "m", ".3", "m.", "a.b.3", "m.-1", "m.x", "m.1234567", "a b.3", "m.3 ")) {
            assertThatThrownBy(() -> BlockUid.parse(text)).as("'%s'", text).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void chainsComeBackFromTheirText() throws Exception {
        ChainedUid chain = ChainedUid.of("m", new Span(3, 6));
        assertThat(chain).hasToString("m.3 m.4 m.5");
        assertThat(ChainedUid.parse(chain.toString())).isEqualTo(chain);
        assertThat(chain.span()).contains(new Span(3, 6));
        assertThat(ChainedUid.parse("m.3 m.5").span()).isEmpty();
        assertThat(ChainedUid.parse("m.3 n.4").span()).isEmpty();
    }

    @Test
    void chainsOfNothingOrTooMuchAreRefused() {
        for (String text : List.of("", " ", "m.1 ", "m.1  m.2", "m.1 ".repeat(2000) + "m.1")) {
            assertThatThrownBy(() -> ChainedUid.parse(text)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void spansAreReadAsOnTheCommandLine() {
        assertThat(Span.parse("0:5")).isEqualTo(new Span(0, 5));
        for (String text : List.of("", "5", "5:5", "a:b", "1:2:3", "-1:3")) {
            assertThatThrownBy(() -> Span.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
